import SecureBERT

/// A stronger model that says how well passages answer queries, for a cross-encoder to learn from (knowledge distillation:
/// Hinton et al. 2015, arXiv 1503.02531; for ranking: Hofstaetter et al. 2020, arXiv 2010.02666).
public enum Teacher {
    /// Scores are cosines.
    case encoder(SentenceEncoder)
    /// Scores are what the model's activation makes of its logits.
    case crossEncoder(CrossEncoder)

    /// The examples with the teacher's scores of their passages.
    /// - Parameters:
    ///   - examples: Queries with their passages.
    ///   - progress: Told how many texts, or pairs, are done.
    /// - Throws: What the model throws.
    public func callAsFunction(
        _ examples: [EmbeddingExample], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> [EmbeddingExample] {
        switch self {
        case .encoder(let encoder):
            let queries = try vectors(of: examples.map(\.query), areQueries: true, encoder, progress)
            let passages = try vectors(
                of: examples.flatMap { [$0.passage] + $0.negatives }, areQueries: false, encoder, progress)
            return examples.map { example in
                example.with(
                    teacherScores: ([example.passage] + example.negatives).map { passage in
                        zip(queries[example.query] ?? [], passages[passage] ?? []).reduce(0) { $0 + $1.0 * $1.1 }
                    })
            }
        case .crossEncoder(let encoder):
            let total = examples.reduce(0) { $0 + $1.negatives.count + 1 }
            var done = 0
            return try examples.map { example in
                let pairs = ([example.passage] + example.negatives).map { (example.query, $0) }
                let scores = try encoder.score(pairs, truncate: true).map(\.score)
                done += pairs.count
                progress(done, total)
                return example.with(teacherScores: scores)
            }
        }
    }

    /// Unit vectors of texts, each encoded once.
    private func vectors(
        of texts: [String], areQueries: Bool, _ encoder: SentenceEncoder, _ progress: (Int, Int) -> Void
    ) throws -> [String: [Float]] {
        let different = Array(Set(texts)).sorted()
        let rows = try withoutActuallyEscaping(progress) { progress in
            try RetrievalEncoding(encoder, progress: progress)(different, areQueries: areQueries)
        }
        return Dictionary(uniqueKeysWithValues: zip(different, rows))
    }
}

extension EmbeddingExample {
    fileprivate func with(teacherScores: [Float]) -> EmbeddingExample {
        EmbeddingExample(
            query: query, passage: passage, negatives: negatives, alsoRight: alsoRight, score: score,
            teacherScores: teacherScores, id: id, line: line)
    }
}
