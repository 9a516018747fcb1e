/// The prose and the code that a marked-up text holds.
package struct ExtractedText {
    /// Prose: paragraphs separated by empty lines.
    package var text: [UInt8] = []
    /// Code blocks in their order.
    package var code: [[UInt8]] = []
    /// The first heading; empty when there is none.
    package var title: [UInt8] = []

    /// Code blocks as one text, an empty line between them.
    package var joinedCode: [UInt8] {
        Array(code.map(Whitespace.trimCode).filter { !$0.isEmpty }.joined(separator: [0x0A, 0x0A]))
    }
}
