import SecureBERTModels

/// Divides the sequences of a step into parts that are computed at once.
enum TokenParts {
    /// - Parameters:
    ///   - sequences: Ids of each sequence, in order.
    ///   - tokens: The tokens of a part at most, unless one sequence alone has more.
    /// - Returns: Consecutive ranges of the sequences, each with its batch.
    static func split(
        _ sequences: [[Int32]], tokens limit: Int
    ) throws -> [(range: Range<Int>, batch: TokenBatch)] {
        try split(groups: sequences.map { [$0] }, tokens: limit)
    }

    /// As ``split(_:tokens:)``, with groups of sequences that stay together; the ranges are of groups.
    static func split(
        groups: [[[Int32]]], tokens limit: Int
    ) throws -> [(range: Range<Int>, batch: TokenBatch)] {
        let sizes = groups.map { $0.reduce(0) { $0 + $1.count } }
        var parts: [(Range<Int>, TokenBatch)] = []
        var start = 0
        while start < groups.count {
            var end = start + 1
            var tokens = sizes[start]
            while end < groups.count, tokens + sizes[end] <= limit {
                tokens += sizes[end]
                end += 1
            }
            parts.append((start..<end, try TokenBatch(groups[start..<end].flatMap { $0 })))
            start = end
        }
        return parts
    }
}
