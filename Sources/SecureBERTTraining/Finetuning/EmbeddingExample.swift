/// A query with a passage that answers it.
public struct EmbeddingExample: Sendable {
    /// What the data call it; nil when they do not.
    public let id: String?
    /// The line of its file, from 1; 0 when it is from no line.
    public let line: Int
    public let query: String
    public let passage: String
    /// Passages that do not answer it, hardest first.
    public let negatives: [String]
    /// Other passages that answer it as well, which are no wrong answers when they meet in a batch.
    public let alsoRight: Set<String>
    /// How similar query and passage are, for losses that order pairs.
    public let score: Float
    /// What a teacher says of the passage and then of each negative; empty when there is none.
    public let teacherScores: [Float]

    public init(
        query: String, passage: String, negatives: [String] = [], alsoRight: Set<String> = [], score: Float = 1,
        teacherScores: [Float] = [], id: String? = nil, line: Int = 0
    ) {
        self.id = id
        self.line = line
        self.query = query
        self.passage = passage
        self.negatives = negatives
        self.alsoRight = alsoRight
        self.score = score
        self.teacherScores = teacherScores
    }
}

extension EmbeddingExample {
    /// The pairs of a step that are no wrong answers: a passage that is right for a query, or the same text as its own.
    /// - Parameter passages: The passages of the batch: that of each example, then further ones.
    static func ignoredPairs(
        _ examples: [EmbeddingExample], passages: [String]
    ) -> [(query: Int, document: Int)] {
        var places: [String: [Int]] = [:]
        for (index, passage) in passages.enumerated() { places[passage, default: []].append(index) }
        var pairs: [(Int, Int)] = []
        for (query, example) in examples.enumerated() {
            for passage in example.alsoRight.union([example.passage]) {
                for index in places[passage] ?? [] where index != query { pairs.append((query, index)) }
            }
        }
        return pairs.sorted { $0 < $1 }
    }
}
