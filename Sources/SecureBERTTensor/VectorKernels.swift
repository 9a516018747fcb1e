import CSecureBERTKernels

/// The kernels that compare one query with many stored vectors, and the checksum of what is stored. They run on the calling
/// thread; the caller answers for the memory.
package enum VectorKernels {
    /// The most dimensions for which sums of products of bytes cannot overflow.
    package static let maximumDimensions = 1 << 16

    /// Inner products with rows of `dimensions` floats that start `stride` bytes apart.
    /// - Parameter results: Holds `count` floats.
    package static func dots(
        query: UnsafePointer<Float>, rows: UnsafeRawPointer, stride: Int, count: Int, dimensions: Int,
        into results: UnsafeMutablePointer<Float>
    ) {
        sb_dot_rows(query, rows, stride, count, dimensions, results)
    }

    /// Inner products with rows of `dimensions` bytes that start `stride` bytes apart.
    /// - Parameters:
    ///   - query: Bytes in `-127...127`.
    ///   - results: Holds `count` integers.
    package static func dots(
        query: UnsafePointer<Int8>, rows: UnsafeRawPointer, stride: Int, count: Int, dimensions: Int,
        into results: UnsafeMutablePointer<Int32>
    ) {
        sb_dot_rows_int8(
            query, rows.assumingMemoryBound(to: Int8.self), stride, count, dimensions, results)
    }

    /// Bits that differ between the query and rows of `words` words of 64 bits that start `stride` bytes apart.
    /// - Parameter results: Holds `count` integers.
    package static func hammingDistances(
        query: UnsafeRawPointer, rows: UnsafeRawPointer, stride: Int, count: Int, words: Int,
        into results: UnsafeMutablePointer<Int32>
    ) {
        sb_hamming_rows(query, rows, stride, count, words, results)
    }

    /// CRC-32C of bytes that follow those whose checksum is `previous`.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        return sb_crc32c(previous, base, bytes.count)
    }
}
