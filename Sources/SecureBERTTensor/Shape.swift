/// The extents of a tensor, outermost first, in row-major order: `[tokens, hiddenSize]`.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
    public let dimensions: [Int]
    /// The product of the dimensions; 1 for a scalar.
    public let count: Int

    /// - Throws: ``TensorError`` when a dimension is negative or the element count does not fit an `Int`.
    public init(_ dimensions: [Int]) throws(TensorError) {
        var count = 1
        for dimension in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else {
                throw TensorError(
                    .invalidShape, operation: "shape",
                    expected: "non-negative dimensions whose product fits 64 bits", found: "\(dimensions)")
            }
            count = product
        }
        self.dimensions = dimensions
        self.count = count
    }

    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    public var description: String { dimensions.description }
}
