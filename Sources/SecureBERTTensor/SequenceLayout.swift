/// How sequences of different lengths lie one after the other in the rows of a tensor.
///
///     lengths  3, 2          starts  0, 3, 5
///     rows     a a a b b
public struct SequenceLayout: Sendable, Equatable {
    /// Row of the first token of each sequence, and the total row count at the end: `[count + 1]`.
    public let starts: [Int]

    /// - Parameter lengths: Rows of each sequence, not negative.
    public init(lengths: [Int]) {
        var starts = [0]
        starts.reserveCapacity(lengths.count + 1)
        var end = 0
        for length in lengths {
            precondition(length >= 0, "a sequence has no negative length")
            end += length
            starts.append(end)
        }
        self.starts = starts
    }

    /// The number of sequences.
    public var count: Int { starts.count - 1 }

    /// The number of rows of all sequences.
    public var rows: Int { starts.last ?? 0 }

    /// Rows of the longest sequence; 0 when there is none.
    public var longest: Int { indices.map { self[$0].count }.max() ?? 0 }

    /// The indices of the sequences.
    public var indices: Range<Int> { 0..<count }

    /// The rows of one sequence.
    public subscript(index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
