/// A text in which what was defanged is written out, and where that was.
struct RefangedText {
    /// A part of the text that stands for something else: "[.]" for a dot.
    struct Replacement {
        /// Where the refanged bytes are among `bytes`.
        let refanged: Range<Int>
        /// Where the defanged bytes are in the text.
        let original: Range<Int>
        /// False for an escape of Markdown.
        let isDefanging: Bool
    }

    /// Refanged; what the matchers read.
    let bytes: [UInt8]
    /// In their order.
    let replacements: [Replacement]
    /// The text as it is.
    private let original: [UInt8]

    init(_ text: String) {
        original = Array(text.utf8)
        var refanging = Refanging(original)
        (bytes, replacements) = refanging.result()
    }

    var count: Int { bytes.count }

    /// A byte; 0 outside of the text.
    subscript(index: Int) -> UInt8 { index >= 0 && index < bytes.count ? bytes[index] : 0 }

    // MARK: - The text as it is

    /// The range in the text of a range of refanged bytes.
    func original(_ range: Range<Int>) -> Range<Int> {
        let first = firstReplacement(endingAfter: range.lowerBound)
        let start =
            first < replacements.count && replacements[first].refanged.contains(range.lowerBound)
            ? replacements[first].original.lowerBound : range.lowerBound + shift(before: first)
        let last = firstReplacement(endingAfter: range.upperBound - 1)
        let end =
            last < replacements.count && replacements[last].refanged.contains(range.upperBound - 1)
            ? replacements[last].original.upperBound : range.upperBound + shift(before: last)
        return start..<max(start, end)
    }

    /// The text as it is, of a range in it.
    func originalText(_ range: Range<Int>) -> String { String(decoding: original[range], as: UTF8.self) }

    /// Whether something in a range was defanged.
    func isDefanged(_ range: Range<Int>) -> Bool {
        replacements[firstReplacement(endingAfter: range.lowerBound)...]
            .prefix { $0.refanged.lowerBound < range.upperBound }.contains(where: \.isDefanging)
    }

    private func firstReplacement(endingAfter position: Int) -> Int {
        var (low, high) = (0, replacements.count)
        while low < high {
            let middle = (low + high) / 2
            if replacements[middle].refanged.upperBound <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How much further in the text than among the refanged bytes is what stands before a replacement.
    private func shift(before index: Int) -> Int {
        guard index > 0 else { return 0 }
        return replacements[index - 1].original.upperBound - replacements[index - 1].refanged.upperBound
    }
}
