import SecureBERTCheckpoint
import SecureBERTSearch
import SecureBERTTensor
import TestSupport
import Testing

/// What crashes, bad disks and strangers do to a vector file.
@Suite struct VectorFileDamageTests {
    private let folder: TemporaryFolder
    private let dimensions = 700
    private var path: String { folder.file("vectors") }

    init() throws { folder = try TemporaryFolder() }

    /// Two states of a growing file, as they are on the disk after a sync: 90 rows, then 150; blocks have 64.
    private func states() throws -> (vectors: [[Float]], before: [UInt8], after: [UInt8]) {
        let vectors = unitVectors(150, dimensions: dimensions)
        let writer = try VectorFileWriter(path: path, dimensions: dimensions, format: .float32)
        try writer.append(Array(vectors[..<90]))
        try writer.sync()
        let before = try folder.read("vectors")
        try writer.append(Array(vectors[90...]))
        try writer.sync()
        return (vectors, before, try folder.read("vectors"))
    }

    private func expectRows(_ count: Int, of vectors: [[Float]], _ path: String, _ what: String) throws {
        let file = try VectorFile(path: path)
        #expect(file.rowCount == count, "\(what)")
        try file.verify(on: Compute(threads: 1))
        for row in stride(from: 0, to: count, by: 7) { #expect(try file.vector(atRow: row) == vectors[row], "\(what)") }
    }

    /// However much of the new rows, or of the word that they count, had reached the disk: the old rows are there, a writer
    /// goes on after them, and the result is the same as without the crash.
    @Test func aCrashAtAnyByteLosesNothing() throws {
        let (vectors, before, after) = try states()
        let dataCuts = Array(stride(from: before.count, through: after.count, by: 997)) + [after.count]
        var images = dataCuts.map { (image: before + after[before.count..<$0], what: "data up to \($0)") }
        // The word: torn at each byte, behind the complete data. The second state is the one that the first sync did not use.
        for place in [512, 1024] where after[place..<place + 24] != before[place..<place + 24] {
            for cut in 0...24 {
                var image = before + after[before.count...]
                image.replaceSubrange(place..<place + cut, with: after[place..<place + cut])
                images.append((image, "state up to \(cut)"))
            }
        }
        #expect(images.count > 25)
        for (image, what) in images {
            try folder.write("crashed", image)
            let rows = try VectorFile(path: folder.file("crashed")).rowCount
            #expect(rows == 90 || (rows == 150 && what == "state up to 24"), "\(what)")
            try expectRows(rows, of: vectors, folder.file("crashed"), what)
            do {
                let writer = try VectorFileWriter(
                    path: folder.file("crashed"), dimensions: dimensions, format: .float32, rows: 90)
                #expect(try writer.append(Array(vectors[90...])) == 90..<150)
                try writer.sync()
            }
            try expectRows(150, of: vectors, folder.file("crashed"), what)
        }
    }

    /// The index has recorded fewer rows than the file had synced: the others are replaced, also when they fill a block.
    @Test(arguments: [0, 1, 63, 64, 65, 90, 128, 149, 150]) func aWriterCutsToWhatTheIndexHasRecorded(rows: Int) throws
    {
        let (vectors, _, after) = try states()
        try folder.write("cut", after)
        let others = unitVectors(100, dimensions: dimensions, seed: 2)
        do {
            let writer = try VectorFileWriter(
                path: folder.file("cut"), dimensions: dimensions, format: .float32, rows: rows)
            #expect((writer.rowCount, writer.syncedRowCount) == (rows, rows))
            try expectRows(rows, of: vectors, folder.file("cut"), "after the cut")
            try writer.append(others)
            // Without a sync: what was cut does not come back.
        }
        try expectRows(rows, of: vectors, folder.file("cut"), "rows that were never synced")
        do {
            let writer = try VectorFileWriter(path: folder.file("cut"), dimensions: dimensions, format: .float32)
            try writer.append(others)
            try writer.sync()
        }
        try expectRows(rows + 100, of: vectors[..<rows] + others, folder.file("cut"), "after the append")
    }

    /// A reader that counts on fewer rows than the file has is not disturbed by a writer that replaces the others.
    @Test func aReaderBesideAWriterThatCuts() throws {
        let (vectors, _, after) = try states()
        try folder.write("cut", after)
        let reader = try VectorFile(path: folder.file("cut"), rows: 100)
        let writer = try VectorFileWriter(
            path: folder.file("cut"), dimensions: dimensions, format: .float32, rows: 100)
        try writer.append(unitVectors(100, dimensions: dimensions, seed: 2))
        try writer.sync()
        #expect(reader.rowCount == 100)
        for row in 0..<100 { #expect(try reader.vector(atRow: row) == vectors[row]) }
    }

    @Test func fewerRowsThanRecordedAreAnError() throws {
        _ = try states()
        for rows in [151, Int.max, -1] {
            let error = #expect(throws: CheckpointError.self) { try VectorFile(path: path, rows: rows) }
            #expect(error?.code == .truncated)
            #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: path, dimensions: dimensions, format: .float32, rows: rows)
            }
        }
        #expect(try VectorFile(path: path).rowCount == 150)
    }

    /// No flipped bit yields another vector: it is found, or does not matter.
    @Test func everyFlippedBitIsFound() throws {
        let (vectors, _, after) = try states()
        let places =
            Array(0..<48) + Array(512..<536) + Array(1024..<1048) + Array(stride(from: 4096, to: after.count, by: 331))
        let compute = try Compute(threads: 1)
        for place in places {
            var image = after
            image[place] ^= 1 << UInt8(place % 8)
            try folder.write("flipped", image)
            do {
                // The index knows how many there are: falling back to an older state does not go unnoticed.
                let file = try VectorFile(path: folder.file("flipped"), rows: 150)
                let found = try file.nearest(to: vectors[9], count: 3, on: compute)
                try file.verify(on: compute)
                #expect(found.first?.row == 9)
                let isPadding = (4096 + 64 * 2800 + 4..<4096 + 64 * 2800 + 64).contains(place % (64 * 2864))
                let isOlderState = (512..<536).contains(place) || (1024..<1048).contains(place)
                let isBetween = place >= 4096 && (place - 4096) % (64 * 2800 + 64) >= 64 * 2800 + 4
                #expect(isPadding || isOlderState || isBetween, "byte \(place)")
            } catch {
                #expect(
                    [.integrity, .malformed, .unsupported, .truncated].contains(error.code), "byte \(place): \(error)")
            }
        }
    }

    /// A damaged block is reported by its rows, and the others can still be searched.
    @Test func aDamagedBlockIsNamed() throws {
        let (vectors, _, after) = try states()
        var image = after
        image[4096 + 64 * 2800 + 64 + 5] ^= 1  // in the second block
        try folder.write("damaged", image)
        let compute = try Compute(threads: 2)
        let file = try VectorFile(path: folder.file("damaged"))
        #expect(try file.vector(atRow: 3) == vectors[3])
        let error = #expect(throws: CheckpointError.self) { try file.vector(atRow: 64) }
        #expect(error?.code == .integrity)
        #expect(error?.problem.contains("rows 64 to 127") == true)
        #expect(throws: CheckpointError.self) { try file.nearest(to: vectors[0], count: 3, on: compute) }
        #expect(throws: CheckpointError.self) { try file.verify(on: compute) }
        let others = RowSet(Array(0..<64) + Array(128..<150), capacity: 150)
        #expect(try file.nearest(to: vectors[0], count: 1, included: others, on: compute).first?.row == 0)
    }

    /// Cut anywhere, the file is refused or yields what was there.
    @Test func everyCutIsFound() throws {
        let (_, _, after) = try states()
        for count in Array(stride(from: 0, to: after.count, by: 1009)) + [after.count - 1] {
            try folder.write("short", after[..<count])
            let error = #expect(throws: CheckpointError.self) { try VectorFile(path: folder.file("short")) }
            #expect(error?.code == .truncated || error?.code == .malformed)
            #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: folder.file("short"), dimensions: dimensions, format: .float32)
            }
        }
    }

    /// Numbers that a stranger chose, with the right checksums: refused before anything is allocated by them.
    @Test func hostileNumbers() throws {
        let (_, _, after) = try states()
        func image(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var image = after
            change(&image)
            for (start, count) in [(0, 44), (512, 20), (1024, 20)] {
                let checksum = image[start..<start + count].withUnsafeBytes { VectorKernels.checksum($0) }
                withUnsafeBytes(of: checksum.littleEndian) {
                    image.replaceSubrange(start + count..<start + count + 4, with: $0)
                }
            }
            return image
        }
        func put(_ value: some FixedWidthInteger, at offset: Int) -> (inout [UInt8]) -> Void {
            { image in
                withUnsafeBytes(of: value.littleEndian) { image.replaceSubrange(offset..<offset + $0.count, with: $0) }
            }
        }
        var images = [UInt32.max, 0, 1 << 17, 701].map { image(put($0, at: 16)) }  // dimensions
        images += [UInt32.max, 0, 63, 65, 1 << 21].map { image(put($0, at: 20)) }  // rows of a block
        images += [UInt32.max, 0, 4].map { image(put($0, at: 12)) }  // format
        images += [UInt32.max, 0, 2].map { image(put($0, at: 8)) }  // version
        for rows in [UInt64.max, 1 << 63, 1 << 40, UInt64(UInt32.max), 151, 100_000] {
            images.append(
                image {
                    put(rows, at: 520)(&$0)
                    put(rows, at: 1032)(&$0)
                })
        }
        for image in images {
            try folder.write("hostile", image)
            #expect(throws: CheckpointError.self) { try VectorFile(path: folder.file("hostile")) }
            #expect(throws: CheckpointError.self) {
                try VectorFileWriter(path: folder.file("hostile"), dimensions: dimensions, format: .float32)
            }
        }
    }
}
