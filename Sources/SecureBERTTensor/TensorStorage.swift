import CSecureBERTKernels

/// The bytes behind tensors: memory that is owned, or part of a mapped file.
///
/// `@unchecked Sendable`: mapped storage is read-only. Owned storage is written only by the operation that has just
/// allocated it, before the tensor is handed out; afterwards it is shared read-only.
public final class TensorStorage: @unchecked Sendable {
    /// All bytes; valid as long as this object lives.
    public let bytes: UnsafeRawBufferPointer
    /// Where the bytes may be written; nil for mapped storage.
    package let mutableBytes: UnsafeMutableRawBufferPointer?
    /// The file the bytes lie in, and where; nil for owned memory.
    public let file: MappedFile?
    public let fileRange: Range<Int>?

    /// Alignment of owned memory in bytes: one cache line, one AVX-512 register.
    public static let alignment = 64

    /// More than any machine's address space, and far enough from the largest `Int` to be rounded up.
    private static let maximumByteCount = 1 << 48

    /// Uninitialized memory aligned to ``alignment``.
    /// - Throws: ``TensorError`` when the system has no memory of that size.
    public init(byteCount: Int) throws(TensorError) {
        guard (0...Self.maximumByteCount).contains(byteCount),
            let pointer = sb_allocate(max(byteCount, Self.alignment))
        else {
            throw TensorError(
                .outOfMemory, operation: "allocate", expected: "enough memory",
                found: "a request for \(byteCount) bytes")
        }
        let buffer = UnsafeMutableRawBufferPointer(start: pointer, count: byteCount)
        mutableBytes = buffer
        bytes = UnsafeRawBufferPointer(buffer)
        file = nil
        fileRange = nil
    }

    /// Part of a mapped file, which stays mapped as long as this object lives.
    /// - Throws: ``TensorError`` when the range is not inside the file.
    public init(file: MappedFile, range: Range<Int>) throws(TensorError) {
        guard range.lowerBound >= 0, range.upperBound <= file.bytes.count else {
            throw TensorError(
                .indexOutOfRange, operation: "map", expected: "a range inside \(file.bytes.count) bytes",
                found: "\(range)")
        }
        bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        mutableBytes = nil
        self.file = file
        fileRange = range
    }

    deinit {
        if let mutableBytes { sb_deallocate(mutableBytes.baseAddress) }
    }
}
