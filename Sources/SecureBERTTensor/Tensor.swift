/// An array of numbers with a shape, contiguous and row-major: the last dimension varies fastest.
///
/// A tensor is a value: it never changes after the operation that made it returns. Copies share storage. The one exception
/// is the value of a ``Parameter``.
public struct Tensor: Sendable {
    public let storage: TensorStorage
    /// Where the first element lies in the storage; a multiple of the element size.
    public let byteOffset: Int
    public let elementType: ElementType
    public let shape: Shape
    /// Where the gradient of this tensor collects; nil when none is wanted. Views of a tensor have none.
    package internal(set) var variable: Variable?

    /// A view of storage.
    /// - Throws: ``TensorError`` when the elements do not lie inside the storage or are not aligned.
    public init(storage: TensorStorage, byteOffset: Int = 0, elementType: ElementType, shape: Shape) throws(TensorError)
    {
        let (byteCount, overflow) = shape.count.multipliedReportingOverflow(by: elementType.byteCount)
        guard !overflow, byteOffset >= 0, byteOffset <= storage.bytes.count,
            byteCount <= storage.bytes.count - byteOffset
        else {
            throw TensorError(
                .invalidShape, operation: "tensor", expected: "at most \(storage.bytes.count) bytes of storage",
                found: "\(elementType.rawValue) \(shape) at byte \(byteOffset)")
        }
        let address = storage.bytes.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        guard (address &+ UInt(byteOffset)).isMultiple(of: UInt(elementType.byteCount)) else {
            throw TensorError(
                .invalidShape, operation: "tensor", expected: "elements aligned to \(elementType.byteCount) bytes",
                found: "byte offset \(byteOffset)")
        }
        self.storage = storage
        self.byteOffset = byteOffset
        self.elementType = elementType
        self.shape = shape
    }

    /// Uninitialized memory for a new tensor; the caller writes every element before handing it out.
    package init(uninitialized shape: Shape, elementType: ElementType = .float32) throws(TensorError) {
        let (byteCount, overflow) = shape.count.multipliedReportingOverflow(by: elementType.byteCount)
        guard !overflow else {
            throw TensorError(
                .outOfMemory, operation: "allocate", expected: "enough memory",
                found: "\(elementType.rawValue) \(shape)")
        }
        try self.init(storage: TensorStorage(byteCount: byteCount), elementType: elementType, shape: shape)
    }

    /// A float32 tensor with these elements.
    /// - Throws: ``TensorError`` when their number is not that of the shape.
    public init(_ elements: [Float], shape: [Int]) throws(TensorError) {
        let shape = try Shape(shape)
        guard elements.count == shape.count else {
            throw TensorError(
                .invalidShape, operation: "tensor", expected: "\(shape.count) elements for shape \(shape)",
                found: "\(elements.count)")
        }
        try self.init(uninitialized: shape)
        elements.withUnsafeBytes { mutableBytes?.copyMemory(from: $0) }
    }

    /// Size of the elements in bytes.
    public var byteCount: Int { shape.count * elementType.byteCount }

    /// The elements' bytes; valid as long as ``storage`` lives.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset..<byteOffset + byteCount])
    }

    /// The elements' bytes for the operation that has just allocated the tensor; nil when it is mapped from a file.
    package var mutableBytes: UnsafeMutableRawBufferPointer? {
        storage.mutableBytes.map { UnsafeMutableRawBufferPointer(rebasing: $0[byteOffset..<byteOffset + byteCount]) }
    }

    /// Calls the body with the elements of a float32 tensor.
    /// - Throws: ``TensorError`` when the elements are of another type; what the body throws.
    public func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result {
        guard elementType == .float32 else {
            throw TensorError(
                .elementTypeMismatch, operation: "read", expected: "float32", found: elementType.rawValue)
        }
        return try withExtendedLifetime(storage) { try body(bytes.bindMemory(to: Float.self)) }
    }

    /// The elements of a float32 tensor.
    /// - Throws: ``TensorError`` when the elements are of another type.
    public func floats() throws -> [Float] {
        try withFloats { Array($0) }
    }

    /// The same elements under another shape with the same element count.
    /// - Throws: ``TensorError`` when the counts differ.
    public func reshaped(_ dimensions: [Int]) throws(TensorError) -> Tensor {
        let shape = try Shape(dimensions)
        guard shape.count == self.shape.count else {
            throw TensorError(
                .shapeMismatch, operation: "reshape", expected: "\(self.shape.count) elements", found: "shape \(shape)")
        }
        return try Tensor(storage: storage, byteOffset: byteOffset, elementType: elementType, shape: shape)
    }

    /// Rows `range` of the outermost dimension, sharing storage.
    /// - Throws: ``TensorError`` when the range is not inside the dimension.
    public func rows(_ range: Range<Int>) throws(TensorError) -> Tensor {
        guard let rowCount = shape.dimensions.first, range.lowerBound >= 0, range.upperBound <= rowCount else {
            throw TensorError(
                .indexOutOfRange, operation: "rows", expected: "a range inside \(shape)", found: "\(range)")
        }
        let rowBytes = rowCount == 0 ? 0 : byteCount / rowCount
        return try Tensor(
            storage: storage, byteOffset: byteOffset + range.lowerBound * rowBytes, elementType: elementType,
            shape: Shape([range.count] + shape.dimensions.dropFirst()))
    }
}
