import SecureBERTCheckpoint

/// Reads what a sentence encoder learns.
public enum EmbeddingData {
    /// The examples of a folder in BEIR's layout (`qrels/train.tsv`), or of a file of JSON lines `{"query", "positive",
    /// "negatives": [...], "id"?}`, whose keys may also be `anchor` and `negative`, as sentence-transformers writes them. `scores` are
    /// those of a teacher, of the positive and then of each negative.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public static func examples(path: String) throws -> [EmbeddingExample] {
        if FileSystem.kind(of: path) == .folder {
            return examples(of: try RetrievalDataset(folder: path, split: "train"))
        }
        var examples: [EmbeddingExample] = []
        let lines = LineFile(path)
        try lines.forEachObject { record in
            let query = try record.optionalString("query") ?? record.string("anchor")
            var negatives = record.value("negatives") == nil ? [] : try record.names("negatives")
            if let negative = try record.optionalString("negative") { negatives.append(negative) }
            var score: Float = 1
            if let value = record.value("score") {
                guard let number = value.doubleValue else {
                    throw record.error("\"score\" is \(value.kind), expected a number")
                }
                score = Float(number)
            }
            let scores = record.value("scores") == nil ? [] : try record.numbers("scores")
            guard scores.isEmpty || scores.count == negatives.count + 1 else {
                throw record.error(
                    "has \(scores.count) scores, expected \(negatives.count + 1): of the positive and of each negative")
            }
            examples.append(
                EmbeddingExample(
                    query: query, passage: try record.string("positive"), negatives: negatives, score: score,
                    teacherScores: scores.map(Float.init), id: try record.optionalName("id"), line: record.line))
        }
        guard !examples.isEmpty else { throw lines.error(.empty, "has no examples") }
        return examples
    }

    /// One example for each relevant passage of a query.
    public static func examples(of dataset: RetrievalDataset) -> [EmbeddingExample] {
        let passages = Dictionary(
            dataset.passages.map { ($0.id, $0.contents) }, uniquingKeysWith: { first, _ in first })
        return dataset.queries.flatMap { query in
            let relevant = (dataset.judgements[query.id] ?? [:]).filter { $0.value > 0 }.keys.sorted()
            let texts = relevant.compactMap { passages[$0] }
            return texts.map { EmbeddingExample(query: query.text, passage: $0, alsoRight: Set(texts)) }
        }
    }
}
