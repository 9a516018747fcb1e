/// How pgvector's graphs (HNSW) are made and searched; see Documentation/postgres.md for what other values give.
package struct PostgresGraph: Sendable, Equatable {
    /// Neighbours of a row on each layer.
    package var neighbours = 16
    /// Candidates that are looked at for the neighbours of a new row.
    package var buildReach = 64
    /// Candidates of a search, at least; nil for twice as many as are wanted, and ``leastReach``.
    package var searchReach: Int?

    /// What a search looks at when few are wanted.
    private static let leastReach = 100
    /// The most that pgvector takes.
    private static let mostReach = 1000

    package init() {}

    /// Candidates of a search for so many rows.
    package func reach(_ limit: Int) -> Int {
        let wanted = searchReach ?? max(Self.leastReach, limit.multipliedReportingOverflow(by: 2).partialValue)
        return min(Self.mostReach, max(limit, wanted))
    }
}
