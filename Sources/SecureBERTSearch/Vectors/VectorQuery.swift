import SecureBERTCheckpoint
import SecureBERTTensor

/// A query in the form that the rows of a file are compared with.
struct VectorQuery {
    private enum Form {
        case floats([Float])
        case bytes([Int8], scale: Float)
        case signs([UInt64])
    }

    private let form: Form
    private let layout: VectorLayout

    /// - Throws: ``CheckpointError`` when the query has other dimensions than the file, or a number that is not finite.
    init(_ query: [Float], for file: VectorFile) throws(CheckpointError) {
        guard query.count == file.dimensions else {
            throw CheckpointError(
                .weightMismatch, file: file.path,
                "holds vectors of \(file.dimensions) dimensions, the query has \(query.count); search with the model the index was built with"
            )
        }
        guard query.allSatisfy(\.isFinite) else {
            throw CheckpointError(.malformed, file: file.path, "cannot be searched with a query that is not finite")
        }
        layout = file.layout
        switch file.format {
        case .float32: form = .floats(query)
        case .int8:
            var bytes = [Int8](repeating: 0, count: query.count)
            let scale = query.withUnsafeBufferPointer { query in
                bytes.withUnsafeMutableBufferPointer { VectorCoding.quantize(query, into: $0) }
            }
            form = .bytes(bytes, scale: scale)
        case .binary:
            var words = [UInt64](repeating: 0, count: file.format.signWords(dimensions: query.count))
            query.withUnsafeBufferPointer { query in
                words.withUnsafeMutableBytes { VectorCoding.signs(query, into: $0) }
            }
            form = .signs(words)
        }
    }

    /// Compares with `count` rows of the file's format.
    /// - Parameters:
    ///   - scores: Receives `count` numbers.
    ///   - integers: Room for `count` numbers.
    func score(
        _ rows: UnsafeRawPointer, count: Int, into scores: UnsafeMutablePointer<Float>,
        integers: UnsafeMutablePointer<Int32>
    ) {
        let (stride, dimensions) = (layout.rowBytes, layout.dimensions)
        switch form {
        case .floats(let query):
            query.withUnsafeBufferPointer { query in
                guard let query = query.baseAddress else { return }
                VectorKernels.dots(
                    query: query, rows: rows, stride: stride, count: count, dimensions: dimensions, into: scores)
            }
        case .bytes(let query, let queryScale):
            query.withUnsafeBufferPointer { query in
                guard let query = query.baseAddress else { return }
                VectorKernels.dots(
                    query: query, rows: rows + 4, stride: stride, count: count, dimensions: dimensions, into: integers)
            }
            for row in 0..<count {
                let scale = rows.loadUnaligned(fromByteOffset: row * stride, as: Float.self)
                scores[row] = Float(integers[row]) * (scale * queryScale)
            }
        case .signs(let query):
            query.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                VectorKernels.hammingDistances(
                    query: base, rows: rows, stride: stride, count: count, words: query.count, into: integers)
            }
            for row in 0..<count { scores[row] = 1 - 2 * Float(integers[row]) / Float(dimensions) }
        }
    }
}
