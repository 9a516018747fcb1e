import SecureBERTJSON

/// Prints results one by one in the format that was asked for: for people, as the elements of one JSON array, or as JSON
/// lines.
struct ResultPrinter {
    private let output: StandardOutput
    private let format: ResultFormat
    private var count = 0

    init(_ output: StandardOutput, _ format: ResultFormat) {
        self.output = output
        self.format = format
    }

    /// - Parameters:
    ///   - json: Appends the result as compact JSON.
    ///   - text: The result for people, without the last line end.
    mutating func print(json: (inout [UInt8]) -> Void, text: () -> String) throws {
        switch format {
        case .text: try output.writeLine(text())
        case .json:
            try output.write { out in
                out.append(contentsOf: (count == 0 ? "[\n" : ",\n").utf8)
                json(&out)
            }
        case .jsonLines:
            try output.write { out in
                json(&out)
                out.append(UInt8(ascii: "\n"))
            }
        }
        count += 1
    }

    /// - Parameter text: The result for people, without the last line end.
    mutating func print(_ json: @autoclosure () -> JSON, text: () -> String) throws {
        try print(json: { out in json().write(into: &out) }, text: text)
    }

    /// Completes the document.
    mutating func finish() throws {
        if format == .json { try output.write(count == 0 ? "[]\n" : "\n]\n") }
    }
}
