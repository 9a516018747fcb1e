#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A figure of a ranked list, defined as in trec_eval.
public enum RetrievalMeasure: Sendable, Hashable {
    /// Normalized discounted cumulative gain of the first documents: gain is the grade, discount log2(rank + 1).
    case ndcg(Int)
    /// The share of the relevant documents that are among the first.
    case recall(Int)
    /// 1 / rank of the first relevant document, 0 when it is not among the first; nil looks at all that were found.
    case reciprocalRank(Int?)
    /// The mean over the relevant documents of the precision at their ranks, 0 for those not among the first; nil looks at all
    /// that were found. Its mean over queries is mAP.
    case averagePrecision(Int?)

    /// "nDCG@10", "MRR".
    public var name: String {
        switch self {
        case .ndcg(let depth): "nDCG@\(depth)"
        case .recall(let depth): "recall@\(depth)"
        case .reciprocalRank(let depth): "MRR" + (depth.map { "@\($0)" } ?? "")
        case .averagePrecision(let depth): "mAP" + (depth.map { "@\($0)" } ?? "")
        }
    }
}

/// How well documents were ranked for queries.
///
/// As in trec_eval, documents are ordered by falling score, in single precision, and of equal scores by falling bytes of
/// their names; a grade above 0 is relevant. Other than pytrec_eval, a judged query without results counts 0 instead of being
/// left out, and so does one without relevant documents.
public struct RetrievalMetrics: Sendable {
    /// The judged queries, by the bytes of their names.
    public let queries: [String]
    private let rankings: [Ranking]

    private struct Ranking {
        /// Grades of the documents found, best first.
        let grades: [Int]
        /// Grades of all relevant documents, highest first.
        let ideal: [Int]
    }

    /// Compares rankings with judgements.
    /// - Parameters:
    ///   - run: for each query the documents found with their scores, not NaN, in any order; of a document that is there
    ///     twice the higher score counts.
    ///   - judgements: for each query the grades of documents.
    public init(run: [String: [(document: String, score: Double)]], judgements: [String: [String: Int]]) {
        queries = judgements.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        rankings = queries.map { query in
            let grades = judgements[query] ?? [:]
            return Ranking(
                grades: Self.ranked(run[query] ?? []).map { grades[$0] ?? 0 },
                ideal: grades.values.filter { $0 > 0 }.sorted(by: >))
        }
    }

    /// The documents in trec_eval's order.
    private static func ranked(_ documents: [(document: String, score: Double)]) -> [String] {
        var seen: Set<String> = []
        return documents.map { (document: $0.document, score: Float($0.score)) }
            .sorted { first, second in
                if first.score != second.score { return first.score > second.score }
                return second.document.utf8.lexicographicallyPrecedes(first.document.utf8)
            }
            .filter { seen.insert($0.document).inserted }.map(\.document)
    }

    /// The figure of each of ``queries``.
    public func values(_ measure: RetrievalMeasure) -> [Double] { rankings.map { Self.value(measure, $0) } }

    /// The mean over the queries.
    public func mean(_ measure: RetrievalMeasure) -> Double { Ratio.mean(values(measure)) }

    /// The 95 % interval of the mean by resampling queries; nil without queries.
    public func interval(_ measure: RetrievalMeasure, seed: UInt64 = 0) -> ClosedRange<Double>? {
        Bootstrap.interval(mean: values(measure), seed: seed)
    }

    private static func value(_ measure: RetrievalMeasure, _ ranking: Ranking) -> Double {
        switch measure {
        case .ndcg(let depth): return Ratio.of(gain(ranking.grades, depth), gain(ranking.ideal, depth))
        case .recall(let depth):
            return Ratio.of(ranking.grades.prefix(depth).count { $0 > 0 }, ranking.ideal.count)
        case .reciprocalRank(let depth):
            let first = ranking.grades.prefix(depth ?? .max).firstIndex { $0 > 0 }
            return first.map { 1 / Double($0 + 1) } ?? 0
        case .averagePrecision(let depth):
            var (found, sum) = (0, 0.0)
            for (index, grade) in ranking.grades.prefix(depth ?? .max).enumerated() where grade > 0 {
                found += 1
                sum += Double(found) / Double(index + 1)
            }
            return Ratio.of(sum, Double(ranking.ideal.count))
        }
    }

    private static func gain(_ grades: [Int], _ depth: Int) -> Double {
        grades.prefix(depth).enumerated().reduce(0) { sum, entry in
            sum + Double(max(0, entry.element)) / log2(Double(entry.offset + 2))
        }
    }
}
