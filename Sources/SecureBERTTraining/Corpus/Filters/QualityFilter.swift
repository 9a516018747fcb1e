/// Why a document was left out.
package enum DropReason: String, CaseIterable, Sendable {
    case tooShort = "too short"
    case language = "not English"
    case symbols = "too many symbols"
    case wordLength = "unusual word length"
    case repeatedLines = "repeated lines"
    case longLines = "long lines"
    case fewLetters = "few letters"
    case contaminated = "in an evaluation set"
}

/// Bounds for a document to be worth learning from. Shares are of 0...1.
package struct QualityFilter: Sendable, Equatable {
    /// Least length in bytes.
    var minimumBytes: Int
    /// Largest share of characters that are neither letters, digits nor white space.
    var maximumSymbols: Double
    /// Least and largest mean length of words in bytes; prose of most languages has 4 to 6.
    var wordLength: ClosedRange<Double>
    /// Largest share of bytes in lines that occurred before in the document.
    var maximumRepeatedLines: Double
    /// Largest mean length of lines in bytes: minified and encoded files have few and long ones.
    var maximumLineLength: Double
    /// Least share of letters among the characters that are not white space: tables of numbers have few.
    var minimumLetters: Double

    package static let text = QualityFilter(
        minimumBytes: 200, maximumSymbols: 0.25, wordLength: 2.5...12, maximumRepeatedLines: 0.5,
        maximumLineLength: 1e9,
        minimumLetters: 0.55)

    package static let code = QualityFilter(
        minimumBytes: 100, maximumSymbols: 0.6, wordLength: 1.5...30, maximumRepeatedLines: 0.7,
        maximumLineLength: 2000,
        minimumLetters: 0.3)

    /// The first bound that a document does not keep; nil when it keeps all.
    package func reason(_ text: ByteView, _ scan: WordScan) -> DropReason? {
        if text.count < minimumBytes { return .tooShort }
        let visible = text.count - scan.spaces
        guard visible > 0, !scan.words.isEmpty else { return .tooShort }
        let symbols = scan.symbols + scan.scripts.symbols * 3
        if Double(symbols) > maximumSymbols * Double(visible) { return .symbols }
        let letters = visible - symbols - scan.digits
        if Double(letters) < minimumLetters * Double(visible) { return .fewLetters }
        if !wordLength.contains(Double(scan.wordBytes) / Double(scan.words.count)) { return .wordLength }
        return linesReason(text)
    }

    private func linesReason(_ text: ByteView) -> DropReason? {
        var lines = 0
        var repeated = 0
        var seen: Set<UInt64> = []
        text.forEachLine { line in
            let range = text.trimmed(line)
            guard !range.isEmpty else { return }
            lines += 1
            // Short lines such as `}` or `- yes` are repeated everywhere.
            if range.count >= 12, !seen.insert(hash(text, range)).inserted { repeated += range.count }
        }
        guard lines > 0 else { return .tooShort }
        if Double(text.count) > maximumLineLength * Double(lines) { return .longLines }
        return Double(repeated) > maximumRepeatedLines * Double(text.count) ? .repeatedLines : nil
    }

    private func hash(_ text: ByteView, _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for position in range { hash = (hash ^ UInt64(text[position])) &* 0x100_0000_01B3 }
        return hash.mixed
    }
}
