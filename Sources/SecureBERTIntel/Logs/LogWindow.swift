/// The score of the last lines together: the largest of their scores.
public struct LogWindow: Sendable {
    /// Lines of a full window.
    public let size: Int
    private var count = 0
    /// Lines that no later one has reached, and so may still be the largest: their numbers and falling scores.
    private var candidates: [(line: Int, score: Double)] = []
    private var first = 0

    /// A window without lines.
    /// - Parameter size: Lines of a full window, at least 1.
    public init(size: Int) { self.size = max(1, size) }

    /// Takes the next line's score and lets go of the one that is `size` lines back.
    /// - Returns: The score of the window that ends with this line.
    public mutating func add(_ score: Double) -> Double {
        while candidates.count > first, let last = candidates.last, last.score <= score { candidates.removeLast() }
        candidates.append((count, score))
        if candidates[first].line <= count - size { first += 1 }
        if first > size {
            candidates.removeFirst(first)
            first = 0
        }
        count += 1
        return candidates[first].score
    }
}
