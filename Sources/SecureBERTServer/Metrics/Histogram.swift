/// Counts of values by size, as Prometheus defines a histogram.
struct Histogram: Sendable {
    /// Upper bounds, ascending; above the last is "+Inf".
    let bounds: [Double]
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// From 0.25 ms to 64 s, each twice the one before: what requests take, short ones and reports.
    static let seconds: [Double] = (0..<19).map { 0.00025 * Double(1 << $0) }
    /// From 1 to 32,768.
    static let sizes: [Double] = (0..<16).map { Double(1 << $0) }

    mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
