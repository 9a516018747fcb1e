import SecureBERTSearch
import SecureBERTTensor
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A server with pgvector, which Scripts/postgres/server.sh starts; without one these tests are left out.
private let serverAddress = getenv("SECUREBERT_TEST_POSTGRES").map { String(cString: $0) }

/// The same calls of a database and of a folder.
@Suite(.enabled(if: serverAddress != nil)) struct PostgresStoreTests {
    private let folder: TemporaryFolder
    private let compute: Compute
    /// An index of its own for each test.
    private let address: String
    private static let dimensions = 24

    init() throws {
        folder = try TemporaryFolder()
        compute = try Compute(threads: 1)
        address = "\(serverAddress ?? "")&schema=test_\(UInt32.random(in: 0...UInt32.max))"
    }

    private func manifest(_ format: VectorFormat = .float32, _ rescoring: VectorFormat? = nil) -> IndexManifest {
        IndexManifest(
            modelName: "model", modelDigest: "d1", dimensions: Self.dimensions, passagePrompt: "p: ",
            vectorFormat: format, rescoringFormat: rescoring, passageTokens: 100, overlapTokens: 10)
    }

    private static let vocabulary = [
        "mimikatz", "lsass", "powershell", "beacon", "phishing", "CVE-2024-3094", "T1059.001", "log4j", "10.0.0.1",
        "naïve", "Ünïcode", "evil[.]example", "tab\tquote'\"\\", "new\nline", "{brace,}", "\\N", "_under_score_", "日本語",
    ]

    private func entry(_ id: String, seed: UInt64, version: Int = 1) -> SearchEntry {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...4, using: &random)
        let texts = (0..<count).map { _ in
            (0..<12).map { _ in Self.vocabulary.randomElement(using: &random) ?? "" }.joined(separator: " ")
        }
        let vectors = unitVectors(count + 1, dimensions: Self.dimensions, seed: seed)
        let kind = seed % 3 == 0 ? "pdf" : "text"
        return SearchEntry(
            document: SearchDocument(
                id: id, title: "Title \(seed) log4j", source: "/data/\(seed % 4)/\(id)", kind: kind,
                date: seed % 5 == 0 ? nil : "20\(20 + seed % 5)-05-01",
                metadata: ["tlp": seed % 2 == 0 ? "clear" : "amber", "n'\"\\": "v\n\(seed)"],
                digest: "digest \(seed) \(version)"),
            passages: texts.enumerated().map { index, text in
                SearchPassage(
                    text: text, scalars: index * 100..<index * 100 + text.unicodeScalars.count,
                    lines: index + 1...index + 2)
            }, passageVectors: Array(vectors.dropLast()), documentVector: vectors[count])
    }

    private func stores(_ manifest: IndexManifest) throws -> (database: PostgresStore, folder: EmbeddedStore) {
        (
            try PostgresStore(writing: address, creating: manifest),
            try EmbeddedStore(writing: folder.file("index"), creating: manifest, compute: compute)
        )
    }

    private func batches() -> [SearchBatch] {
        let first = (0..<60).map { entry("a\($0).txt", seed: UInt64($0)) }
        let second = (40..<100).map { entry("a\($0).txt", seed: UInt64($0 * 3), version: 2) }
        return [
            SearchBatch(entries: first), SearchBatch(entries: second, removals: ["a1.txt", "a7.txt", "none"]),
            SearchBatch(removals: ["a50.txt"], roots: ["/data", "/gone", "/data"]), SearchBatch(),
        ]
    }

    private static let filters: [SearchFilter] = {
        var below = SearchFilter()
        below.sources = ["/data/1", "/data/2/"]
        var kind = SearchFilter()
        (kind.kinds, kind.since) = (["pdf", "none"], "2021")
        var dated = SearchFilter()
        (dated.since, dated.before) = ("2022", "2023-05-02")
        var metadata = SearchFilter()
        metadata.metadata = ["tlp": ["clear"], "n'\"\\": (0..<300).map { "v\n\($0)" }]
        var nothing = SearchFilter()
        nothing.kinds = ["'; DROP TABLE documents; --"]
        return [SearchFilter(), below, kind, dated, metadata, nothing]
    }()

    @Test(arguments: [
        (VectorFormat.float32, nil), (.int8, nil), (.binary, nil), (.binary, VectorFormat.float32), (.int8, .float32),
    ])
    func findsWhatAFolderFinds(format: VectorFormat, rescoring: VectorFormat?) throws {
        let manifest = manifest(format, rescoring)
        let (database, embedded) = try stores(manifest)
        for batch in batches() {
            try database.write(batch)
            try embedded.write(batch)
        }
        for round in 0..<2 {
            if round == 1 { try database.finishWriting() }
            if round == 1 { try embedded.finishWriting() }
            try database.read { reader in try embedded.read { try compare(reader, $0, manifest) } }
            let roots = round == 0 ? ["/data", "/gone"] : ["/data"]
            #expect(try database.read { try $0.roots() } == roots)
            #expect(try embedded.read { try $0.roots() } == roots)
        }
        #expect(try database.check { _, _ in } == [])
        #expect(try PostgresStore(reading: address).manifest == manifest)
    }

    private func compare(_ a: any SearchReader, _ b: any SearchReader, _ manifest: IndexManifest) throws {
        let (counts, expectedCounts) = (try a.counts(), try b.counts())
        #expect(
            (counts.documents, counts.passages, counts.kinds) == (
                expectedCounts.documents, expectedCounts.passages, expectedCounts.kinds
            ))
        #expect(counts.bytes > 0)
        let ids = (0..<110).map { "a\($0).txt" }
        #expect(try a.digests(of: ids) == b.digests(of: ids))
        for sources in [[], ["/data/1"], ["/data/1/", "/data", "/dat"], ["/data/2/a2.txt"]] {
            #expect(try Set(a.documentIDs(sources: sources)) == Set(b.documentIDs(sources: sources)))
        }
        let query = unitVectors(1, dimensions: Self.dimensions, seed: 77)[0]
        for filter in Self.filters {
            for level in SearchLevel.allCases {
                func names(_ matches: [SearchMatch], _ reader: any SearchReader) throws -> [String] {
                    let keys = matches.map(\.key)
                    guard level == .passage else { return try reader.documents(keys).map(\.document.id) }
                    return try reader.passages(keys).map { passage in
                        let id = try reader.documents([passage.documentKey]).first?.document.id ?? ""
                        return "\(id) \(passage.ordinal)"
                    }
                }
                for text in [
                    "mimikatz beacon", "CVE-2024-3094", "evil.example", "log4j", "10.0.0.1 T1059.001", "absent",
                ] {
                    let words = KeywordQuery(text)
                    let found = try a.keywordMatches(words, level: level, filter: filter, limit: 1000)
                    let expected = try b.keywordMatches(words, level: level, filter: filter, limit: 1000)
                    // The same are found; their order is not that of BM25.
                    #expect(try names(found, a).sorted() == names(expected, b).sorted(), "\(text)")
                    #expect(found.allSatisfy { $0.score > 0 })
                    #expect(
                        zip(found, found.dropFirst()).allSatisfy {
                            $0.score > $1.score || ($0.score == $1.score && $0.key < $1.key)
                        })
                    #expect(
                        try a.keywordMatches(words, level: level, filter: filter, limit: 3) == Array(found.prefix(3)))
                }
                let found = try a.nearest(to: query, level: level, filter: filter, limit: 9)
                let expected = try b.nearest(to: query, level: level, filter: filter, limit: 9)
                #expect(found.count == expected.count)
                #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
                if manifest.vectorFormat != .binary, manifest.rescoringFormat ?? manifest.vectorFormat == .float32 {
                    #expect(try names(found, a) == names(expected, b))
                    for (one, other) in zip(found, expected) { #expect(abs(one.score - other.score) < 1e-5) }
                } else {
                    let common = try Set(names(found, a)).intersection(names(expected, b))
                    #expect(common.count >= found.count * 2 / 3)
                }
            }
        }
        let keys = try a.nearest(to: query, level: .passage, filter: SearchFilter(), limit: 500).map(\.key)
        let passages = try a.passages(keys + [-5, Int64.max])
        #expect(passages.map(\.key) == keys)
        let documents = try a.documents(Array(Set(passages.map(\.documentKey))))
        let others = try b.documents(
            b.nearest(to: query, level: .document, filter: SearchFilter(), limit: 500).map(\.key))
        let byID = Dictionary(uniqueKeysWithValues: others.map { ($0.document.id, $0) })
        for document in documents {
            #expect(document.document == byID[document.document.id]?.document)
            #expect(document.passageCount == byID[document.document.id]?.passageCount)
        }
    }

    @Test func aBatchIsAllOrNothing() throws {
        let store = try PostgresStore(writing: address, creating: manifest())
        try store.write(SearchBatch(entries: [entry("a", seed: 1)]))
        var wrong = entry("b", seed: 2)
        wrong.passageVectors[0][0] = .nan
        #expect(throws: SearchError.self) { try store.write(SearchBatch(entries: [wrong], removals: ["a"])) }
        var long = entry("c", seed: 3)
        long.document.source = String(repeating: "x", count: 5000)
        #expect(throws: SearchError.self) {
            try store.write(SearchBatch(entries: [entry("b", seed: 2), long], removals: ["a"]))
        }
        #expect(try store.read { try $0.counts().documents } == 1)
        // What PostgreSQL cannot hold is replaced, and found again.
        var zero = entry("z\0", seed: 4)
        zero.passages[0].text = "null\0byte"
        try store.write(SearchBatch(entries: [zero, zero]))
        #expect(try store.read { try $0.digests(of: ["z\0"]) } == ["z\0": zero.document.digest])
        #expect(try store.check { _, _ in } == [])
        #expect(try store.read { try $0.counts().documents } == 2)
    }

    @Test func readsSeeOneState() throws {
        let store = try PostgresStore(writing: address, creating: manifest())
        try store.write(SearchBatch(entries: [entry("a", seed: 1)]))
        let reader = try PostgresStore(reading: address)
        try reader.read { transaction in
            #expect(try transaction.counts().documents == 1)
            try store.write(SearchBatch(entries: [entry("b", seed: 2)]))
            #expect(try transaction.counts().documents == 1)
            #expect(try reader.read { try $0.counts().documents } == 2)
        }
        #expect(throws: SearchError.self) { try reader.write(SearchBatch()) }
    }

    @Test func oneWriterAtATime() throws {
        let store = try PostgresStore(writing: address, creating: manifest())
        for wait in [Duration.zero, .milliseconds(250)] {
            let error = #expect(throws: SearchError.self) { try PostgresStore(writing: address, wait: wait) }
            #expect(error?.code == .busy)
        }
        try store.write(SearchBatch(entries: [entry("a", seed: 1)]))
    }

    @Test func whatCannotBeOpened() throws {
        func error(_ address: String) -> SearchError? {
            #expect(throws: SearchError.self) { try PostgresStore(reading: address) }
        }
        let none = error(address)
        #expect(none?.code == .notFound)
        #expect(throws: SearchError.self) { try PostgresStore(writing: address) }
        let server = try #require(serverAddress)
        let wrong = error(server.replacing("not%20a%20secret", with: "guess"))
        #expect(wrong?.code == .unavailable && wrong?.problem.contains("refuses the user or the password") == true)
        let absent = error(server.replacing("/securebert?", with: "/absent?"))
        #expect(absent?.code == .notFound)
        let bare = error(server.replacing("/securebert?", with: "/bare?"))
        #expect(bare?.code == .unavailable && bare?.problem.contains("CREATE EXTENSION vector") == true)
        let nowhere = error("postgres://u:topsecret@127.0.0.1:1/d")
        #expect(nowhere?.code == .unavailable)
        for error in [none, wrong, absent, bare, nowhere] {
            #expect(error?.description.contains("secret") == false && error?.description.contains("guess") == false)
            #expect(error?.description.contains("\n") == false)
        }
    }

    /// What somebody changed in the tables is found.
    @Test func checkFindsDamage() throws {
        let store = try PostgresStore(writing: address, creating: manifest())
        try store.write(SearchBatch(entries: (0..<5).map { entry("a\($0)", seed: UInt64($0)) }))
        let parsed = try PostgresAddress(address)
        let connection = try PostgresConnection(parsed)
        try connection.prepare(schema: parsed.schema)
        try connection.run("UPDATE passages SET text = text || '.' WHERE key = (SELECT min(key) FROM passages)")
        try connection.run(
            "DELETE FROM passages WHERE document = (SELECT key FROM documents WHERE id = 'a3') AND ordinal = 0")
        try connection.run("UPDATE documents SET metadata = '{}' WHERE id = 'a4'")
        let problems = try store.check { _, _ in }
        #expect(problems.count == 3)
        #expect(problems.contains { $0.contains("a3") } && problems.contains { $0.contains("a4") })
        try connection.run("DROP TABLE passages")
        let error = #expect(throws: SearchError.self) { try store.check { _, _ in } }
        #expect(error?.code == .damaged)
        #expect(try store.read { try $0.documentIDs(sources: ["/data"]).count } == 5)
    }
}
