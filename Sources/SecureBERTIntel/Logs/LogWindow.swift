/// The score of the last lines together: the mean of their scores.
public struct LogWindow: Sendable {
    /// Lines of a full window.
    public let size: Int
    private var scores: [Double] = []
    private var next = 0
    private var sum = 0.0

    /// A window without lines.
    /// - Parameter size: Lines of a full window, at least 1.
    public init(size: Int) { self.size = max(1, size) }

    /// Takes the next line's score and lets go of the one that is `size` lines back.
    /// - Returns: The score of the window that ends with this line.
    public mutating func add(_ score: Double) -> Double {
        if scores.count < size {
            scores.append(score)
            sum += score
        } else {
            sum += score - scores[next]
            scores[next] = score
            next = (next + 1) % size
            // Once a round the sum is made anew, so that rounding does not add up.
            if next == 0 { sum = scores.reduce(0, +) }
        }
        return sum / Double(scores.count)
    }
}
