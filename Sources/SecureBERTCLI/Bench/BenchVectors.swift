import SecureBERTCheckpoint
import SecureBERTSearch
import SecureBERTTensor

/// The vectors that `bench vectors` searches: from a file, or made.
struct BenchVectors {
    private let dimensions: Int
    private let rows: Int
    private let file: MappedFile?
    private let directions: [[Float]]
    private var random = SeededGenerator(seed: 1)

    /// - Parameter file: rows of float32; nil to make `rows` vectors.
    /// - Throws: ``CheckpointError`` when the file cannot be read; ``CommandLineError`` when it holds no whole rows.
    init(file path: String?, rows: Int, dimensions: Int) throws {
        self.dimensions = dimensions
        guard let path else {
            (file, self.rows) = (nil, rows)
            var random = SeededGenerator(seed: 2)
            directions = (0..<max(1, rows / 20)).map { _ in Self.direction(dimensions, &random) }
            return
        }
        let file = try FileSystem.map(path)
        guard !file.bytes.isEmpty, file.bytes.count % (4 * dimensions) == 0 else {
            throw CommandLineError(
                .badInput,
                "\(path.visible): is \(file.bytes.count) bytes long, which are no whole rows of \(dimensions) float32 numbers"
            )
        }
        (self.file, self.rows, directions) = (file, file.bytes.count / (4 * dimensions), [])
    }

    /// Writes the vectors in every format, the most precise first.
    mutating func write(to folder: String) throws -> [VectorFile] {
        let writers = try VectorFormat.allCases.map {
            try VectorFileWriter(path: FileSystem.join(folder, $0.rawValue), dimensions: dimensions, format: $0)
        }
        for start in stride(from: 0, to: rows, by: 4096) {
            let vectors = (start..<min(rows, start + 4096)).map { vector($0) }
            for writer in writers { try writer.append(vectors) }
        }
        for writer in writers { try writer.sync() }
        return try writers.map { try VectorFile(path: $0.path) }
    }

    /// Queries: noisy copies of rows.
    mutating func queries(_ count: Int) -> [[Float]] {
        (0..<count).map { index in
            let row = vector(index * 7919 % rows)
            let noise = Self.direction(dimensions, &random)
            return Self.unit(zip(row, noise).map { $0 + 0.5 * $1 })
        }
    }

    private mutating func vector(_ row: Int) -> [Float] {
        guard let file else {
            let noise = Self.direction(dimensions, &random)
            return Self.unit(zip(directions[row % directions.count], noise).map { $0 + $1 })
        }
        let start = row * dimensions * 4
        return (0..<dimensions).map { file.bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Float.self) }
    }

    /// A random vector of length 1.
    private static func direction(_ dimensions: Int, _ random: inout SeededGenerator) -> [Float] {
        // Sums of four uniform numbers of 16 bits: near enough to normal ones, and quick.
        unit(
            (0..<dimensions).map { _ in
                let bits = random.next()
                let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + bits >> 48
                return Float(Int(sum) - 131_070)
            })
    }

    private static func unit(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
