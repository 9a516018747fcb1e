import SecureBERTTraining
import TestSupport
import Testing

@Suite struct HardNegativeMiningTests {
    private let dataset: RetrievalDataset
    /// The query's two positives are p1 and p2.
    private let run: [String: [(document: String, score: Double)]] = [
        "q": [("n1", 0.9), ("p1", 0.8), ("n2", 0.76), ("n3", 0.7), ("p2", 0.6), ("n4", 0.5), ("n5", 0.1)]
    ]

    init() throws {
        let folder = try TemporaryFolder()
        let ids = ["n1", "n2", "n3", "n4", "n5", "p1", "p2"]
        try folder.write("set/corpus.jsonl", ids.map { "{\"_id\": \"\($0)\", \"text\": \"\($0)\"}\n" }.joined())
        try folder.write("set/queries.jsonl", "{\"_id\": \"q\", \"text\": \"question\"}\n")
        try folder.write("set/qrels/train.tsv", "query-id\tcorpus-id\tscore\nq\tp1\t1\nq\tp2\t1\nq\tn5\t0\n")
        dataset = try RetrievalDataset(folder: folder.file("set"), split: "train")
    }

    private func negatives(_ change: (inout HardNegativeMining) -> Void) throws -> [String] {
        var mining = HardNegativeMining()
        mining.count = 5
        change(&mining)
        return try mining(dataset, run: run).first?.negatives ?? []
    }

    @Test func everyPositiveGetsTheNearestOthers() throws {
        var mining = HardNegativeMining()
        mining.count = 2
        let examples = try mining(dataset, run: run)
        #expect(examples.map(\.passage) == ["p1", "p2"])
        #expect(examples.allSatisfy { $0.negatives == ["n1", "n2"] && $0.alsoRight == ["p1", "p2"] })
    }

    /// As in sentence-transformers: scores decide what fits, ranks count among what is left, margins are below the lowest
    /// positive.
    @Test func optionsLeaveOut() throws {
        #expect(try negatives { $0.ranks = 1..<3 } == ["n2", "n3"])
        #expect(try negatives { $0.maximumScore = 0.76 } == ["n2", "n3", "n4", "n5"])
        #expect(try negatives { $0.minimumScore = 0.6 } == ["n1", "n2", "n3"])
        #expect(try negatives { $0.absoluteMargin = 0.2 } == ["n5"])
        #expect(try negatives { $0.relativeMargin = 0.05 } == ["n4", "n5"])
        #expect(try negatives { ($0.maximumScore, $0.ranks) = (0.76, 1..<100) } == ["n3", "n4", "n5"])
    }

    @Test func aPositiveThatWasNotFoundCountsAsTheLast() throws {
        var mining = HardNegativeMining()
        mining.absoluteMargin = 0.1
        let cut = ["q": Array((run["q"] ?? []).prefix(4))]
        // p2 scores at most 0.7, so nothing of 0.7 or more is safe.
        #expect(try mining(dataset, run: cut).isEmpty)
    }

    /// As in sentence-transformers with a cross-encoder: the ranking says what is looked at, the scores what fits and is nearest.
    @Test func aCrossEncodersScoresDecide() throws {
        let scores = ["n1": 0.95, "n2": 0.3, "n3": 0.6, "n4": 0.9, "p1": 0.8, "p2": 0.7]
        func mined(_ change: (inout HardNegativeMining) -> Void) throws -> [String]? {
            var mining = HardNegativeMining()
            mining.ranks = 0..<4
            change(&mining)
            let examples = try mining(dataset, run: run) { pairs in
                pairs.map { $0.query == "question" ? scores[$0.passage] ?? .nan : .nan }
            }
            return examples.first?.negatives
        }
        #expect(try mined { _ in } == ["n1", "n4", "n3"])
        #expect(try mined { $0.ranks = 1..<3 } == ["n3", "n2"])
        #expect(try mined { $0.absoluteMargin = 0.05 } == ["n3", "n2"])
        #expect(try mined { $0.maximumScore = 0.92 } == ["n4", "n3", "n2"])
    }

    @Test func randomOnesAreTheSameForASeedAndBestFirst() throws {
        let first = try negatives { ($0.sampling, $0.count) = (.random, 3) }
        #expect(try first == negatives { ($0.sampling, $0.count) = (.random, 3) })
        #expect(first == first.sorted() && first.count == 3)
    }
}
