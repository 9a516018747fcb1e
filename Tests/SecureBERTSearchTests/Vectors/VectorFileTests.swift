import SecureBERTCheckpoint
import SecureBERTSearch
import SecureBERTTensor
import TestSupport
import Testing

/// Random vectors of unit length, the same for the same seed.
func unitVectors(_ count: Int, dimensions: Int, seed: UInt64 = 1) -> [[Float]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
        let vector = random.floats(dimensions)
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / max(length, 1e-6) }
    }
}

/// What a format is expected to keep of a vector.
func stored(_ vector: [Float], as format: VectorFormat) -> [Float] {
    switch format {
    case .float32: return vector
    case .int8:
        let scale = (vector.map(abs).max() ?? 0) / 127
        return vector.map { scale > 0 ? scale * ($0 / scale).rounded() : 0 }
    case .binary: return vector.map { $0 >= 0 ? 1 : -1 }
    }
}

@Suite struct VectorFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("vectors") }

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: VectorFormat.allCases, [1, 3, 63, 64, 65, 100, 384]) func keepsWhatTheFormatKeeps(
        format: VectorFormat, dimensions: Int
    ) throws {
        let vectors = unitVectors(201, dimensions: dimensions) + [[Float](repeating: 0, count: dimensions)]
        let writer = try VectorFileWriter(path: path, dimensions: dimensions, format: format)
        #expect(try writer.append(Array(vectors[..<70])) == 0..<70)
        #expect(try writer.append([]) == 70..<70)
        try writer.sync()
        #expect(try writer.append(Array(vectors[70...])) == 70..<202)
        #expect((writer.rowCount, writer.syncedRowCount) == (202, 70))
        #expect(try VectorFile(path: path).rowCount == 70)
        try writer.sync()
        let file = try VectorFile(path: path)
        #expect((file.rowCount, file.dimensions, file.format) == (202, dimensions, format))
        #expect(file.identifier == writer.identifier)
        for (row, vector) in vectors.enumerated() {
            #expect(try file.vector(atRow: row) == stored(vector, as: format), "row \(row)")
        }
        try file.verify(on: Compute(threads: 2))
        for row in [-1, 202, Int.max] {
            #expect(throws: CheckpointError.self) { try file.vector(atRow: row) }
        }
    }

    /// Several blocks, and appends that end before, at and after their ends.
    @Test func growsOverBlocks() throws {
        let vectors = unitVectors(300, dimensions: 700)
        var writer = try VectorFileWriter(path: path, dimensions: 700, format: .float32)
        var next = 0
        for count in [1, 62, 1, 64, 63, 2, 100, 7] {
            try writer.append(Array(vectors[next..<next + count]))
            try writer.sync()
            next += count
            if count == 64 { writer = try reopened(writer) }
            let file = try VectorFile(path: path)
            #expect(file.rowCount == next)
            try file.verify(on: Compute(threads: 1))
        }
        let file = try VectorFile(path: path)
        for row in 0..<300 { #expect(try file.vector(atRow: row) == vectors[row]) }
    }

    /// Closes the writer, whose lock would otherwise stand in the way of the next.
    private func reopened(_ writer: consuming VectorFileWriter, rows: Int? = nil) throws -> VectorFileWriter {
        let (dimensions, format) = (writer.dimensions, writer.format)
        _ = consume writer
        return try VectorFileWriter(path: path + "", dimensions: dimensions, format: format, rows: rows)
    }

    @Test func oneWriterAtATime() throws {
        let writer = try VectorFileWriter(path: path, dimensions: 8, format: .int8)
        let error = #expect(throws: CheckpointError.self) {
            try VectorFileWriter(path: path, dimensions: 8, format: .int8)
        }
        #expect(error?.problem == "is being written by another process; wait until it is done")
        try writer.append(unitVectors(3, dimensions: 8))
    }

    @Test func refusesOtherVectors() throws {
        do {
            let writer = try VectorFileWriter(path: path, dimensions: 8, format: .int8)
            try writer.append(unitVectors(3, dimensions: 8))
            for wrong: [Float] in [[], [1], [Float](repeating: 1, count: 9)] {
                let error = #expect(throws: CheckpointError.self) { try writer.append([wrong]) }
                #expect(error?.code == .weightMismatch)
            }
            for number in [Float.nan, .infinity, -.infinity] {
                let error = #expect(throws: CheckpointError.self) {
                    try writer.append([[Float](repeating: 0, count: 7) + [number]])
                }
                #expect(error?.code == .malformed)
            }
            #expect(writer.rowCount == 3)
            try writer.sync()
        }
        for (dimensions, format) in [(9, VectorFormat.int8), (8, .float32), (8, .binary)] {
            let error = #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: path, dimensions: dimensions, format: format)
            }
            #expect(error?.code == .weightMismatch)
        }
        for dimensions in [0, -1, 1 << 17, Int.max] {
            let error = #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: folder.file("new"), dimensions: dimensions, format: .int8)
            }
            #expect(error?.code == .limitExceeded)
        }
        #expect(!folder.names().contains("new"))
    }

    @Test func copiesRowsThatAreStillNeeded() throws {
        let vectors = unitVectors(500, dimensions: 40)
        let old = try VectorFileWriter(path: path, dimensions: 40, format: .int8)
        try old.append(vectors)
        try old.sync()
        let source = try VectorFile(path: path)
        let rows = Array(stride(from: 1, to: 500, by: 3))
        let new = try VectorFileWriter(path: folder.file("compact"), dimensions: 40, format: .int8)
        #expect(try new.append(rows: rows, of: source) == 0..<rows.count)
        try new.sync()
        let compact = try VectorFile(path: folder.file("compact"))
        for (row, old) in rows.enumerated() { #expect(try compact.vector(atRow: row) == source.vector(atRow: old)) }
        #expect(throws: CheckpointError.self) { try new.append(rows: [0, 500], of: source) }
        #expect(new.rowCount == rows.count)
        let floats = try VectorFileWriter(path: folder.file("floats"), dimensions: 40, format: .float32)
        #expect(throws: CheckpointError.self) { try floats.append(rows: [0], of: source) }
    }

    @Test func missingAndStrangeFiles() throws {
        #expect(throws: CheckpointError.self) { try VectorFile(path: folder.file("none")) }
        #expect(throws: CheckpointError.self) { try VectorFile(path: folder.path) }
        #expect(throws: CheckpointError.self) {
            try VectorFileWriter(path: folder.path, dimensions: 8, format: .int8)
        }
        #expect(throws: CheckpointError.self) {
            try VectorFileWriter(path: folder.file("no/folder"), dimensions: 8, format: .int8)
        }
        for content in [[], Array("SBVECTOR".utf8), [UInt8](repeating: 7, count: 5000)] {
            try folder.write("strange", content)
            #expect(throws: CheckpointError.self) { try VectorFile(path: folder.file("strange")) }
            #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: folder.file("strange"), dimensions: 8, format: .int8)
            }
            #expect(try folder.read("strange") == content)
        }
    }
}
