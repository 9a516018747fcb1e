/// Titles of documents with what stands below them: pairs of texts that belong together, for training sentence encoders.
public struct TitlePairs: Sendable {
    /// Titles of fewer words say too little: names, ids.
    public var minimumTitleWords = 3
    /// Texts of fewer words, without their title, say too little.
    public var minimumTextWords = 12
    /// Unicode scalars of a text that are kept.
    public var maximumTextLength = 2000
    /// Pairs of a source at most, drawn at random.
    public var maximumPerSource = 2000
    /// Decides which pairs of a large source are drawn, and the order.
    public var seed: UInt64 = 42

    /// The defaults.
    public init() {}

    /// A title and its text.
    public struct Pair: Sendable, Equatable {
        public let title: String
        public let text: String
    }

    /// The pairs of documents in JSON lines `{"title", "text", "source"?, "kind"?}`; documents of kind "code" have none.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public func callAsFunction(paths: [String]) throws -> [Pair] {
        var bySource: [String: [Pair]] = [:]
        for path in paths {
            try LineFile(path).forEachObject { record in
                guard try record.optionalString("kind") != "code", let title = try record.optionalString("title"),
                    let pair = pair(title: title, text: try record.string("text"))
                else { return }
                bySource[try record.optionalString("source") ?? "", default: []].append(pair)
            }
        }
        var random = SeededRandom(seed: seed, 0)
        let pairs = bySource.sorted { $0.key < $1.key }.flatMap { _, pairs in
            pairs.count > maximumPerSource ? Array(pairs.shuffled(using: &random).prefix(maximumPerSource)) : pairs
        }
        return pairs.shuffled(using: &random)
    }

    /// The pair of a document; nil when it says too little.
    func pair(title: String, text: String) -> Pair? {
        let title = title.trimmed
        guard title.wordCount >= minimumTitleWords else { return nil }
        // The title is no answer to itself.
        var scalars = text.trimmed.unicodeScalars[...]
        if scalars.starts(with: title.unicodeScalars) { scalars = scalars.dropFirst(title.unicodeScalars.count) }
        let text = String(String.UnicodeScalarView(scalars.prefix(maximumTextLength))).trimmed
        return text.wordCount < minimumTextWords ? nil : Pair(title: title, text: text)
    }
}

extension String {
    fileprivate var wordCount: Int { split(whereSeparator: \.isWhitespace).count }

    /// Without white space around it.
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
