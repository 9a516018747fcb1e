import SecureBERT
import SecureBERTJSON
import SecureBERTTraining
import Testing

/// Rankings as trec_eval judges them, and the rankings that need no model.
@Suite struct RetrievalMetricsTests {
    @Test func agreesWithTrecEval() throws {
        let golden = try #require(Golden.cases("retrieval").first)
        var run: [String: [(document: String, score: Double)]] = [:]
        for (query, documents) in golden["run"]?.objectValue?.members ?? [] {
            run[query] = documents.objectValue?.members.map { ($0.key, $0.value.doubleValue ?? .nan) }
        }
        var judgements: [String: [String: Int]] = [:]
        for (query, documents) in golden["judgements"]?.objectValue?.members ?? [] {
            for (document, grade) in documents.objectValue?.members ?? [] {
                judgements[query, default: [:]][document] = grade.integerValue
            }
        }
        let found = RetrievalMetrics(run: run, judgements: judgements)
        #expect(found.queries == judgements.keys.sorted())
        for (name, measure) in [
            ("ndcg_cut_3", RetrievalMeasure.ndcg(3)), ("ndcg_cut_10", .ndcg(10)), ("recall_3", .recall(3)),
            ("recall_10", .recall(10)), ("recip_rank", .reciprocalRank(nil)), ("map", .averagePrecision(nil)),
            ("map_cut_3", .averagePrecision(3)), ("map_cut_10", .averagePrecision(10)),
        ] {
            expectEqual(found.values(measure), golden["values"]?[name], name)
            let interval = try #require(found.interval(measure))
            #expect(interval.contains(found.mean(measure)))
        }
        // Cut off, the reciprocal rank is the same or 0.
        for (all, first) in zip(found.values(.reciprocalRank(nil)), found.values(.reciprocalRank(2))) {
            #expect(first == (all >= 0.5 ? all : 0))
        }
    }

    @Test func aQueryWithoutResultsCountsZero() {
        let found = RetrievalMetrics(
            run: ["a": [("x", 1), ("x", 2), ("y", 1.5)]], judgements: ["a": ["y": 1], "b": ["x": 1]])
        #expect(found.values(.reciprocalRank(10)) == [0.5, 0])
        #expect(found.mean(.recall(10)) == 0.5)
        #expect(RetrievalMeasure.ndcg(10).name == "nDCG@10")
        #expect(RetrievalMeasure.averagePrecision(nil).name == "mAP")
    }

    @Test func keywordSearchAgreesWithBM25s() throws {
        let golden = try #require(Golden.cases("bm25").first)
        let documents = golden["documents"]?.strings ?? []
        let queries = golden["queries"]?.strings ?? []
        let words = SearchWords()
        #expect(documents.map { words($0) } == golden["documentWords"]?.elements.map(\.strings))
        #expect(queries.map { words($0) } == golden["queryWords"]?.elements.map(\.strings))
        let index = BM25(documents: documents)
        #expect(index.documentCount == documents.count)
        for (query, expected) in zip(queries, golden["scores"]?.elements ?? []) {
            expectEqual(index.scores(query), expected, query)
            let hits = index.search(query, limit: 5)
            #expect(hits.allSatisfy { $0.score > 0 })
            #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
            #expect(hits.map(\.score) == index.scores(query).filter { $0 > 0 }.sorted(by: >).prefix(5).map { $0 })
        }
        #expect(BM25(documents: []).search("emotet", limit: 5).isEmpty)
        #expect(index.search("emotet", limit: -1).isEmpty)
    }

    @Test func fusesRanks() {
        let found = ReciprocalRankFusion()([["a", "b", "c"], ["c", "d"]])
        #expect(found.map(\.document) == ["c", "a", "b", "d"])
        #expect(found[0].score == 1 / 63.0 + 1 / 61.0)
        // b and d tie; b occurs first.
        #expect(found[2].score == found[3].score)
        #expect(ReciprocalRankFusion()([["a"], ["b"]], weights: [1, 2]).map(\.document) == ["b", "a"])
    }

    @Test func hybridFusionWeighsTheVectors() {
        let words = [("a", 30.0), ("b", 10.0)]
        let vectors = [("b", 0.9), ("c", 0.5)]
        func fused(_ method: HybridFusion.Method, _ weight: Double) -> [String: Double] {
            let found = HybridFusion(method, vectorWeight: weight)(words: words, vectors: vectors)
            return Dictionary(uniqueKeysWithValues: found.map { ($0.document, $0.score) })
        }
        #expect(fused(.scores, 0.75) == ["a": 0.25, "b": 0.75, "c": 0])
        #expect(fused(.ranks, 0.75) == ["a": 0.25 / 61, "b": 0.25 / 62 + 0.75 / 61, "c": 0.75 / 62])
        #expect(fused(.ranks, 1) == ["a": 0, "b": 1 / 61.0, "c": 1 / 62.0])
    }

    @Test func relativeScoresAreScaledBeforeTheyAreAdded() {
        let keywords = [("a", 30.0), ("b", 20.0), ("c", 10.0)]
        let vectors = [("c", 0.9), ("d", 0.7), ("a", 0.5)]
        let found = RelativeScoreFusion(weights: [0.25, 0.75])([keywords, vectors])
        #expect(found.map(\.document) == ["c", "d", "a", "b"])
        for (score, expected) in zip(found.map(\.score), [0.75, 0.375, 0.25, 0.125]) {
            #expect(abs(score - expected) < 1e-12)
        }
        // Documents with one score are all the best, and nothing is found in nothing.
        #expect(RelativeScoreFusion(weights: [1, 1])([[("a", 2.0), ("b", 2.0)], []]).map(\.score) == [1, 1])
        #expect(RelativeScoreFusion(weights: [1, 1])([[(String, Double)](), []]).isEmpty)
    }

    @Test func whatACrossEncoderSaysIsJoinedWithTheRankingBefore() {
        let ranking = [("a", 0.9), ("b", 0.6), ("c", 0.5)].map { (document: $0.0, score: $0.1) }
        func order(_ weight: Double, _ logits: [Double]) -> [String] {
            RerankFusion(weight: weight)(ranking, logits: logits).map(\.document)
        }
        #expect(order(0, [-3, 2, 4]) == ["a", "b", "c"])
        #expect(order(1, [-3, 2, 4]) == ["c", "b", "a"])
        #expect(order(0.5, [-3, 4, 2]) == ["b", "a", "c"])
        // Scores stay between the best and the last before.
        let scores = RerankFusion(weight: 0.5)(ranking, logits: [-3, 4, 2]).map(\.score)
        for (score, expected) in zip(scores, [0.75, 0.7, 0.5 + 0.4 * 0.5 * 5 / 7]) {
            #expect(abs(score - expected) < 1e-12)
        }
        #expect(RerankFusion()([(document: String, score: Double)](), logits: []).isEmpty)
    }
}
