import GRDB

extension SearchFilter {
    /// Conditions on `documents`, called `d`, with their arguments; nil when every document passes.
    var sql: (condition: String, arguments: StatementArguments)? {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func list(_ values: [String]) -> String {
            arguments += StatementArguments(values)
            return "(" + values.map { _ in "?" }.joined(separator: ", ") + ")"
        }
        if !sources.isEmpty {
            let (condition, values) = Self.below(sources, "d.source")
            conditions.append(condition)
            arguments += values
        }
        if !kinds.isEmpty { conditions.append("d.kind IN \(list(kinds))") }
        if let since {
            conditions.append("d.date >= ?")
            arguments += [since]
        }
        if let before {
            conditions.append("d.date < ?")
            arguments += [before]
        }
        for (name, values) in metadata.sorted(by: { $0.key < $1.key }) {
            arguments += [name]
            conditions.append(
                "EXISTS (SELECT 1 FROM metadata m WHERE m.document = d.key AND m.name = ? AND m.value IN \(list(values)))"
            )
        }
        return conditions.isEmpty ? nil : (conditions.joined(separator: " AND "), arguments)
    }

    /// A condition: a column is one of these paths or a path below one of them.
    static func below(_ paths: [String], _ column: String) -> (condition: String, arguments: StatementArguments) {
        var arguments = StatementArguments()
        let conditions = paths.map { path in
            // All texts that begin with "a/" are from "a/" on and before "a0", the character behind the slash.
            let folder = path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
            arguments += [folder, folder + "/", folder + "0"]
            return "\(column) = ? OR (\(column) >= ? AND \(column) < ?)"
        }
        return ("(" + conditions.joined(separator: " OR ") + ")", arguments)
    }
}

extension KeywordQuery {
    /// The query in FTS5's language. Words are quoted, so that nothing of what somebody typed is syntax.
    var fts5: String {
        (words.map { [$0] } + phrases).map { words in
            "\"" + words.joined(separator: " ").replacing("\"", with: "\"\"") + "\""
        }.joined(separator: " OR ")
    }
}
