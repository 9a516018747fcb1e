import SecureBERTJSON

extension SearchResults {
    /// What `search --json` prints and the server answers.
    public var json: JSON {
        [
            "query": .string(query.text), "mode": .string(query.mode.rawValue), "level": .string(query.level.rawValue),
            "model": .string(model), "results": .array(results.map { $0.json(query.level) }),
        ]
    }
}

extension SearchResults.Result {
    /// One result, as a line of `search --jsonl`.
    public func json(_ level: SearchLevel) -> JSON {
        var members: [JSON.Object.Member] = [
            ("score", .number(score)), ("id", .string(document.id)), ("title", .string(document.title)),
            ("file", .string(document.source)), ("kind", .string(document.kind)),
            ("date", document.date.map { .string($0) } ?? .null),
            (
                "metadata",
                .object(.init(document.metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            ),
        ]
        switch level {
        case .passage: members += passages.first?.members ?? []
        case .document:
            members.append(
                (
                    "passages",
                    .array(passages.map { .object(.init([("score", .number($0.score))] + $0.members)) })
                ))
        }
        if let keywords { members.append(("bm25", keywords.json)) }
        if let vector { members.append(("vector", vector.json)) }
        if let logit { members.append(("logit", .number(logit))) }
        return .object(.init(members))
    }
}

extension SearchResults.Place {
    fileprivate var json: JSON { ["rank": .integer(rank), "score": .number(score)] }
}

extension SearchResults.Passage {
    fileprivate var members: [JSON.Object.Member] {
        [
            ("passage", .integer(ordinal)), ("line", .integer(passage.lines.lowerBound)),
            ("endLine", .integer(passage.lines.upperBound)), ("start", .integer(passage.scalars.lowerBound)),
            ("end", .integer(passage.scalars.upperBound)), ("text", .string(passage.text)),
        ]
    }
}
