#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a model computed, before any sigmoid or softmax: any real number, comparable only within one model.
public struct Logit: Sendable, Hashable, Comparable {
    public let value: Float

    public init(_ value: Float) { self.value = value }

    public static func < (first: Logit, second: Logit) -> Bool { first.value < second.value }

    /// `1 / (1 + exp(-logit))`: the probability of one label that does not exclude others.
    public var sigmoid: Probability { Probability(1 / (1 + exp(-value))) }
}

/// A number in 0...1 that came out of a sigmoid or a softmax. How well it is calibrated depends on the model.
public struct Probability: Sendable, Hashable, Comparable {
    public let value: Float

    init(_ value: Float) { self.value = value }

    public static func < (first: Probability, second: Probability) -> Bool { first.value < second.value }
}

/// The cosine of two embeddings' angle, -1...1.
public struct Similarity: Sendable, Hashable, Comparable {
    public let value: Float

    init(_ value: Float) { self.value = value }

    public static func < (first: Similarity, second: Similarity) -> Bool { first.value < second.value }

    /// The cosine similarity of two vectors of the same length; 0 when one of them is zero.
    public init(_ first: [Float], _ second: [Float]) {
        precondition(first.count == second.count, "vectors of one model have one length")
        var dot: Float = 0
        var firstSquare: Float = 0
        var secondSquare: Float = 0
        for (x, y) in zip(first, second) {
            dot += x * y
            firstSquare += x * x
            secondSquare += y * y
        }
        let scale = (firstSquare * secondSquare).squareRoot()
        value = scale > 0 ? dot / scale : 0
    }
}

/// The softmax of logits that exclude each other; probabilities add up to 1.
func softmax(_ logits: some Collection<Float>) -> [Probability] {
    guard let largest = logits.max() else { return [] }
    let exponentials = logits.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { Probability($0 / sum) }
}

extension RandomAccessCollection where Index == Int {
    /// The indices of the `count` largest elements, largest first; equal elements in index order. O(n log count).
    func indicesOfLargest<Value: Comparable>(_ count: Int, by value: (Element) -> Value) -> [Int] {
        guard count > 0 else { return [] }
        // A list kept sorted is shorter and, for the few results asked for, as fast as a heap.
        var best: [(value: Value, index: Int)] = []
        best.reserveCapacity(Swift.min(count, self.count) + 1)
        for index in indices {
            let candidate = value(self[index])
            if best.count == count, let last = best.last, candidate <= last.value { continue }
            let position = best.partitioningIndex { $0.value < candidate }
            best.insert((candidate, index), at: position)
            if best.count > count { best.removeLast() }
        }
        return best.map(\.index)
    }
}

extension Array {
    /// The first index whose element satisfies the predicate, in an array that has all such elements at its end.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
