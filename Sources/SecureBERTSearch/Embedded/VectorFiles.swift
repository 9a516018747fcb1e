import SecureBERTCheckpoint
import SecureBERTTensor
import Synchronization

extension EmbeddedFolder {
    /// The file with the vectors of a level, or the one beside it with more precise ones to compare the best again.
    func vectorPath(_ level: SearchLevel, generation: Int, isPrecise: Bool) -> String {
        FileSystem.join(path, vectorName(level, generation: generation, isPrecise: isPrecise))
    }

    /// The names of all vector files of a generation.
    func vectorNames(generation: Int, _ manifest: IndexManifest) -> Set<String> {
        var names: Set<String> = []
        for level in SearchLevel.allCases {
            names.insert(vectorName(level, generation: generation, isPrecise: false))
            if manifest.rescoringFormat != nil {
                names.insert(vectorName(level, generation: generation, isPrecise: true))
            }
        }
        return names
    }

    private func vectorName(_ level: SearchLevel, generation: Int, isPrecise: Bool) -> String {
        "\(level.table)-\(generation)\(isPrecise ? "-precise" : "")\(Self.vectorEnding)"
    }
}

/// The vectors of a level, to search.
struct VectorRows: Sendable {
    let file: VectorFile
    /// The same rows, more precisely.
    let precise: VectorFile?

    init(
        _ folder: EmbeddedFolder, _ manifest: IndexManifest, _ level: SearchLevel, generation: Int, rows: Int
    ) throws(CheckpointError) {
        func open(isPrecise: Bool) throws(CheckpointError) -> VectorFile {
            try VectorFile(
                path: folder.vectorPath(level, generation: generation, isPrecise: isPrecise), rows: rows)
        }
        file = try open(isPrecise: false)
        precise = manifest.rescoringFormat == nil ? nil : try open(isPrecise: true)
    }

    /// The nearest rows, best first.
    func nearest(
        to vector: [Float], limit: Int, included: RowSet?, _ compute: Compute
    ) throws(CheckpointError) -> [Neighbor] {
        guard let precise else {
            return try file.nearest(to: vector, count: limit, included: included, on: compute)
        }
        return try file.nearest(
            to: vector, count: limit, included: included, rescoredBy: precise,
            oversampling: file.format.oversampling, on: compute)
    }

    /// Compares all blocks with their checksums.
    func verify(_ compute: Compute) throws(CheckpointError) {
        try file.verify(on: compute)
        try precise?.verify(on: compute)
    }
}

/// The vector files as they were opened last. They are opened again when the index has changed.
final class VectorCache: Sendable {
    let folder: EmbeddedFolder
    let manifest: IndexManifest
    let compute: Compute
    private let opened = Mutex<[SearchLevel: (generation: Int, rows: VectorRows)]>([:])

    init(_ folder: EmbeddedFolder, _ manifest: IndexManifest, _ compute: Compute) {
        (self.folder, self.manifest, self.compute) = (folder, manifest, compute)
    }

    /// The vectors of a level as a transaction sees them.
    func rows(_ level: SearchLevel, _ state: EmbeddedState) throws -> VectorRows {
        let count = state.rows[level] ?? 0
        let known = opened.withLock { $0[level] }
        if let known, known.generation == state.generation, known.rows.file.rowCount == count { return known.rows }
        do throws(CheckpointError) {
            let rows = try VectorRows(folder, manifest, level, generation: state.generation, rows: count)
            opened.withLock { $0[level] = (state.generation, rows) }
            return rows
        } catch {
            throw folder.error(error)
        }
    }
}

/// The vector files that a writer adds to.
struct VectorAppending {
    private var writers: [SearchLevel: [VectorFileWriter]] = [:]

    init(_ folder: EmbeddedFolder, _ manifest: IndexManifest, _ state: EmbeddedState) throws {
        try open(folder, manifest, state)
    }

    /// Opens the files, makes those that are missing, and cuts off what was never committed.
    mutating func open(_ folder: EmbeddedFolder, _ manifest: IndexManifest, _ state: EmbeddedState) throws {
        // A file has one writer: those of before let go of theirs first.
        writers = [:]
        do throws(CheckpointError) {
            for level in SearchLevel.allCases {
                for (format, isPrecise) in manifest.formats {
                    let path = folder.vectorPath(level, generation: state.generation, isPrecise: isPrecise)
                    // Making one anew in the place of a lost one would find nothing and say nothing.
                    if (state.rows[level] ?? 0) > 0, FileSystem.kind(of: path) == nil {
                        throw CheckpointError(.notFound, file: path, "is missing; build the index again")
                    }
                    writers[level, default: []].append(
                        try VectorFileWriter(
                            path: path, dimensions: manifest.dimensions, format: format, rows: state.rows[level]))
                }
            }
        } catch {
            writers = [:]
            throw folder.error(error)
        }
    }

    /// Rows of each level, with those that were just added.
    var rows: [SearchLevel: Int] { writers.mapValues { $0.first?.rowCount ?? 0 } }

    /// Adds the vectors of entries and makes them durable.
    /// - Returns: for each entry the row of its document and those of its passages.
    func append(_ entries: [SearchEntry]) throws(CheckpointError) -> [(document: Int, passages: Range<Int>)] {
        guard !entries.isEmpty else { return [] }
        guard !writers.isEmpty else {
            throw CheckpointError(
                .writeFailed, file: "vectors", "could not be opened again after a failure; open the index again")
        }
        var starts: [SearchLevel: Int] = [:]
        for (level, writers) in writers {
            for writer in writers {
                let added =
                    switch level {
                    case .passage: try writer.append(entries.flatMap(\.passageVectors))
                    case .document: try writer.append(entries.map(\.documentVector))
                    }
                try writer.sync()
                starts[level] = added.lowerBound
            }
        }
        var passage = starts[.passage] ?? 0
        return entries.enumerated().map { index, entry in
            defer { passage += entry.passages.count }
            return ((starts[.document] ?? 0) + index, passage..<passage + entry.passages.count)
        }
    }

    /// Adds rows of other files as they are, and makes them durable.
    func append(rows: [SearchLevel: [Int]], of sources: [SearchLevel: VectorRows]) throws(CheckpointError) {
        for (level, writers) in writers {
            guard let source = sources[level], let rows = rows[level] else { continue }
            for (writer, file) in zip(writers, [source.file, source.precise].compactMap(\.self)) {
                try writer.append(rows: rows, of: file)
                try writer.sync()
            }
        }
    }
}

extension IndexManifest {
    /// The formats of a level's files, and whether each is the more precise one.
    var formats: [(VectorFormat, isPrecise: Bool)] {
        [(vectorFormat, false)] + (rescoringFormat.map { [($0, true)] } ?? [])
    }
}
