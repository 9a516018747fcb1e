/// Values that are bound to a statement, and their places in it: nothing of a value ever becomes part of the statement.
package struct PostgresParameters {
    package init() {}

    package private(set) var values: [String?] = []

    /// Binds a value.
    /// - Returns: its place, `$1`.
    package mutating func bind(_ value: String?) -> String {
        values.append(value.map(PostgresText.storable))
        return "$\(values.count)"
    }

    /// Binds texts as an array.
    package mutating func bind(_ texts: some Sequence<String>) -> String {
        bind(PostgresText.array(texts)) + "::text[]"
    }

    /// Binds numbers as an array.
    package mutating func bind(_ numbers: some Sequence<Int64>) -> String {
        bind(PostgresText.array(numbers)) + "::int8[]"
    }
}

extension SearchFilter {
    /// Conditions on `documents`, called `d`; nil when every document passes.
    package func condition(_ parameters: inout PostgresParameters) -> String? {
        var conditions: [String] = []
        if !sources.isEmpty { conditions.append(Self.below(sources, "d.source", &parameters)) }
        if !kinds.isEmpty { conditions.append("d.kind = ANY(\(parameters.bind(kinds)))") }
        if let since { conditions.append("d.date >= \(parameters.bind(since))") }
        if let before { conditions.append("d.date < \(parameters.bind(before))") }
        for (name, values) in metadata.sorted(by: { $0.key < $1.key }) {
            conditions.append("d.metadata ->> \(parameters.bind(name)) = ANY(\(parameters.bind(values)))")
        }
        return conditions.isEmpty ? nil : conditions.joined(separator: " AND ")
    }

    /// A condition: a column, compared byte by byte, is one of these paths or a path below one of them.
    static func below(_ paths: [String], _ column: String, _ parameters: inout PostgresParameters) -> String {
        let conditions = paths.map { path in
            // All texts that begin with "a/" are from "a/" on and before "a0", the character behind the slash.
            let folder = path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
            let (same, first, end) = (
                parameters.bind(folder), parameters.bind(folder + "/"), parameters.bind(folder + "0")
            )
            return "\(column) = \(same) OR (\(column) >= \(first) AND \(column) < \(end))"
        }
        return "(" + conditions.joined(separator: " OR ") + ")"
    }
}
