/// Searches for the same queries: how long each took and what it found.
struct BenchSearches {
    /// Milliseconds of each query, ascending.
    private let times: [Double]
    private let found: [Set<Int>]

    /// Searches for every query, after once for the first that does not count.
    init(_ queries: [[Float]], _ search: ([Float]) throws -> Set<Int>) throws {
        _ = try queries.first.map(search)
        var (times, found): ([Double], [Set<Int>]) = ([], [])
        for query in queries {
            let start = ContinuousClock.now
            found.append(try search(query))
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        (self.times, self.found) = (times.sorted(), found)
    }

    func quantile(_ part: Double) -> Double { times[min(times.count - 1, Int(Double(times.count) * part))] }

    /// The part of what others have found that these have too.
    func recall(of exact: BenchSearches) -> Double {
        let hits = zip(found, exact.found).reduce(0) { $0 + $1.0.intersection($1.1).count }
        return Double(hits) / Double(max(1, exact.found.reduce(0) { $0 + $1.count }))
    }
}
