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
        var parts: [(Range<Int>, TokenBatch)] = []
        var start = 0
        while start < sequences.count {
            var end = start + 1
            var tokens = sequences[start].count
            while end < sequences.count, tokens + sequences[end].count <= limit {
                tokens += sequences[end].count
                end += 1
            }
            parts.append((start..<end, try TokenBatch(Array(sequences[start..<end]))))
            start = end
        }
        return parts
    }
}
