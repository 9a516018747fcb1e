import SecureBERTSearch

/// What `bench vectors --store` measures: the vectors in a PostgreSQL database, written and searched as those of an index are.
struct BenchDatabase {
    let address: String
    let vectorFormat: VectorFormat
    let dimensions: Int
    var graph = PostgresGraph()

    /// Documents of a batch.
    private static let batchSize = 1000

    /// Seconds that it took to write the rows, and to make the graphs.
    struct Loading {
        let writing: Double
        let graphs: Double
    }

    /// Writes the rows of a file as documents of one passage.
    /// - Throws: ``SearchError``; ``CommandLineError`` when the database has an index in that schema already.
    func load(_ file: VectorFile) throws -> Loading {
        let manifest = IndexManifest(
            modelName: "bench", modelDigest: "bench", dimensions: dimensions, vectorFormat: vectorFormat,
            rescoringFormat: vectorFormat == .binary ? .int8 : nil, passageTokens: 16, overlapTokens: 0)
        let store = try PostgresStore(writing: address, creating: manifest, graph: graph)
        guard try store.read({ try $0.counts().documents }) == 0 else {
            throw CommandLineError(
                .usage, "\(store.location.visible): has an index with documents", hint: "name a new one: &schema=NAME")
        }
        var writing = Duration.zero
        for start in stride(from: 0, to: file.rowCount, by: Self.batchSize) {
            let entries = try (start..<min(file.rowCount, start + Self.batchSize)).map(entry(file))
            writing += try ContinuousClock().measure { try store.write(SearchBatch(entries: entries)) }
        }
        let graphs = try ContinuousClock().measure { try store.finishWriting() }
        return Loading(writing: writing / .seconds(1), graphs: graphs / .seconds(1))
    }

    private func entry(_ file: VectorFile) -> (Int) throws -> SearchEntry {
        { row in
            let (name, vector) = ("row\(row)", try file.vector(atRow: row))
            return SearchEntry(
                document: SearchDocument(id: name, digest: name),
                passages: [SearchPassage(text: name, scalars: 0..<name.utf8.count, lines: 1...1)],
                passageVectors: [vector], documentVector: vector)
        }
    }

    /// Searches passages as an index does.
    /// - Parameter body: given the search of the rows that are nearest to a vector.
    func searching<Result>(_ body: (_ nearest: ([Float], Int) throws -> Set<Int>) throws -> Result) throws -> Result {
        let store = try PostgresStore(reading: address, graph: graph)
        return try body { vector, count in
            try store.read { reader in
                let found = try reader.nearest(to: vector, level: .passage, filter: SearchFilter(), limit: count)
                return Set(try reader.passages(found.map(\.key)).compactMap { Int($0.passage.text.dropFirst(3)) })
            }
        }
    }
}
