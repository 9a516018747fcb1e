import SecureBERTCheckpoint
import SecureBERTSearch
import SecureBERTTensor
import TestSupport
import Testing

/// The nearest rows, compared with all rows sorted.
@Suite struct NearestTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ vectors: [[Float]], _ format: VectorFormat) throws -> VectorFile {
        let path = folder.file(format.rawValue)
        let writer = try VectorFileWriter(path: path, dimensions: vectors[0].count, format: format)
        try writer.append(vectors)
        try writer.sync()
        return try VectorFile(path: path)
    }

    /// All rows with their scores, best first, of equal ones the lower row.
    private func sorted(_ file: VectorFile, _ query: [Float]) throws -> [(row: Int, score: Double)] {
        let query = stored(query, as: file.format).map(Double.init)
        let scored = try (0..<file.rowCount).map { row in
            let vector = try file.vector(atRow: row).map(Double.init)
            let dot = zip(vector, query).reduce(0) { $0 + $1.0 * $1.1 }
            return (row, file.format == .binary ? dot / Double(file.dimensions) : dot)
        }
        return scored.sorted { $0.1 > $1.1 || ($0.1 == $1.1 && $0.0 < $1.0) }
    }

    @Test(arguments: VectorFormat.allCases, [1, 33, 384]) func agreesWithAllRowsSorted(
        format: VectorFormat, dimensions: Int
    ) throws {
        let file = try file(unitVectors(1000, dimensions: dimensions), format)
        for (index, query) in unitVectors(3, dimensions: dimensions, seed: 9).enumerated() {
            let expected = try sorted(file, query)
            for count in [0, 1, 10, 64, 999, 1000, 5000, Int.max] {
                let found = try file.nearest(to: query, count: count, on: Compute(threads: 1 + index))
                #expect(found.count == min(count, 1000))
                for (found, expected) in zip(found, expected) {
                    #expect(abs(Double(found.score) - expected.score) < 1e-5)
                }
                // Rows of float32 may change places where their scores differ by rounding only.
                if format == .binary { #expect(found.map(\.row) == expected.prefix(found.count).map(\.row)) }
                #expect(Set(found.map(\.row)).count == found.count)
            }
        }
    }

    @Test func doesNotDependOnTheNumberOfThreads() throws {
        // Many equal rows: ties everywhere.
        let few = unitVectors(5, dimensions: 96)
        let file = try file((0..<9000).map { few[$0 * 7 % 5] }, .int8)
        let query = unitVectors(1, dimensions: 96, seed: 4)[0]
        let expected = try file.nearest(to: query, count: 2500, on: Compute(threads: 1))
        for threads in [2, 3, 7] {
            #expect(try file.nearest(to: query, count: 2500, on: Compute(threads: threads)) == expected)
        }
        for (one, next) in zip(expected, expected.dropFirst()) {
            #expect(one.score > next.score || (one.score == next.score && one.row < next.row))
        }
    }

    @Test(arguments: VectorFormat.allCases) func onlyIncludedRowsAreFound(format: VectorFormat) throws {
        let file = try file(unitVectors(3000, dimensions: 128), format)
        let compute = try Compute(threads: 2)
        let query = unitVectors(1, dimensions: 128, seed: 4)[0]
        let all = try file.nearest(to: query, count: 3000, on: compute)
        var random = SeededGenerator(seed: 5)
        for part in [0, 0.001, 0.3, 1] {
            let rows = RowSet(
                (0..<3000).filter { _ in Double.random(in: 0..<1, using: &random) < part }, capacity: 3000)
            let expected = all.filter { rows.contains($0.row) }
            #expect(try file.nearest(to: query, count: 50, included: rows, on: compute) == Array(expected.prefix(50)))
            #expect(try file.nearest(to: query, count: 9999, included: rows, on: compute) == expected)
        }
        // Sets of fewer and of more rows than the file has.
        #expect(
            try file.nearest(to: query, count: 9, included: RowSet(capacity: 70, full: true), on: compute)
                == Array(all.filter { $0.row < 70 }.prefix(9)))
        #expect(
            try file.nearest(to: query, count: 9, included: RowSet(capacity: 9999, full: true), on: compute)
                == Array(all.prefix(9)))
    }

    @Test func rescoringPutsThemInTheOrderOfThePreciseRows() throws {
        let vectors = unitVectors(2000, dimensions: 256)
        let (precise, compute) = (try file(vectors, .float32), try Compute(threads: 2))
        for format in [VectorFormat.int8, .binary] {
            let quick = try file(vectors, format)
            for query in unitVectors(5, dimensions: 256, seed: 8) {
                let exact = try precise.nearest(to: query, count: 10, on: compute)
                // With every row a candidate, the result is exact.
                #expect(
                    try quick.nearest(to: query, count: 10, rescoredBy: precise, oversampling: 200, on: compute)
                        == exact)
                let found = try quick.nearest(to: query, count: 10, rescoredBy: precise, oversampling: 20, on: compute)
                #expect(found.count == 10)
                for neighbor in found { #expect(try precise.score(ofRow: neighbor.row, query) == neighbor.score) }
                #expect(Set(found.map(\.row)).intersection(exact.map(\.row)).count >= (format == .int8 ? 10 : 6))
            }
            #expect(try quick.nearest(to: vectors[7], count: 1, rescoredBy: quick, on: compute).first?.row == 7)
        }
    }

    @Test func refusesWhatDoesNotFit() throws {
        let file = try file(unitVectors(5, dimensions: 16), .int8)
        let compute = try Compute(threads: 1)
        for query: [Float] in [[], [1], [Float](repeating: .nan, count: 16), [Float](repeating: .infinity, count: 16)] {
            #expect(throws: CheckpointError.self) { try file.nearest(to: query, count: 1, on: compute) }
        }
        #expect(throws: CheckpointError.self) { try file.score(ofRow: 0, [1]) }
        let other = try self.file(unitVectors(4, dimensions: 16), .float32)
        #expect(throws: CheckpointError.self) {
            try file.nearest(to: [Float](repeating: 1, count: 16), count: 1, rescoredBy: other, on: compute)
        }
        #expect(try file.nearest(to: [Float](repeating: 0, count: 16), count: 2, on: compute).map(\.row) == [0, 1])
        #expect(try file.nearest(to: [Float](repeating: 1, count: 16), count: -1, on: compute).isEmpty)
    }

    @Test func setsOfRows() {
        var set = RowSet([0, 63, 64, 129, 130, -1], capacity: 130)
        #expect(set.count == 4)
        #expect([0, 63, 64, 129].allSatisfy(set.contains))
        #expect(![-1, 1, 130, Int.max].contains(where: set.contains))
        set.remove(63)
        set.insert(130)
        #expect(set.count == 3)
        #expect(RowSet(capacity: 130, full: true).count == 130)
        #expect(RowSet(capacity: 128, full: true).count == 128)
        #expect(RowSet(capacity: -5, full: true).count == 0)
    }
}
