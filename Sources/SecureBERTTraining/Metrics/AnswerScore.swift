/// How well an answer agrees with reference answers, as SQuAD's evaluation script measures it (Rajpurkar et al. 2018, arXiv
/// 1806.03822): lower case, without punctuation and articles; the best over the references.
public struct AnswerScore: Sendable, Equatable {
    /// 1 when the words are the same, otherwise 0.
    public let exactMatch: Double
    /// Harmonic mean of the shares of common words.
    public let f1: Double

    /// - Parameters:
    ///   - answer: Empty for "the context does not say".
    ///   - references: Right answers; none when there is none in the context.
    public init(_ answer: String, references: [String]) {
        let words = Self.words(answer)
        let scores = (references.isEmpty ? [""] : references).map { Self.compare(words, Self.words($0)) }
        exactMatch = scores.map(\.exact).max() ?? 0
        f1 = scores.map(\.f1).max() ?? 0
    }

    private static func compare(_ a: [String], _ b: [String]) -> (exact: Double, f1: Double) {
        if a.isEmpty || b.isEmpty { return a == b ? (1, 1) : (0, 0) }
        var left = Dictionary(a.map { ($0, 1) }, uniquingKeysWith: +)
        var common = 0
        for word in b {
            guard let count = left[word], count > 0 else { continue }
            left[word] = count - 1
            common += 1
        }
        guard common > 0 else { return (0, 0) }
        let (precision, recall) = (Double(common) / Double(a.count), Double(common) / Double(b.count))
        return (a == b ? 1 : 0, 2 * precision * recall / (precision + recall))
    }

    private static func words(_ text: String) -> [String] {
        let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars)
        var kept = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars where !punctuation.contains(scalar) { kept.append(scalar) }
        return String(kept).split(whereSeparator: \.isWhitespace).map(String.init)
            .filter { !["a", "an", "the"].contains($0) }
    }
}
