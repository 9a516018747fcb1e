import SecureBERTSearch
import TestSupport
import Testing

@Suite struct DamagedIndexTests {
    private func filled() throws -> TestIndex {
        let index = try TestIndex()
        try index.update((0..<300).map { document("d\($0)", "loader number\($0) with some text to fill pages") })
        return index
    }

    private func error(_ body: () throws -> Void) -> SearchError? {
        do {
            try body()
            return nil
        } catch {
            return error as? SearchError
        }
    }

    @Test func thereIsNoIndex() throws {
        let index = try TestIndex()
        #expect(error { _ = try index.reading() }?.code == .notFound)
        #expect(error { _ = try EmbeddedStore(writing: index.path, compute: index.compute) }?.code == .notFound)
        try index.folder.write("index/report.txt", "not an index")
        #expect(error { _ = try index.reading() }?.code == .notFound)
        // Nobody wants an index among reports.
        let problem = error { _ = try index.store() }
        #expect(problem?.code == .invalidRequest)
        #expect(problem?.description.contains("report.txt") == true)
    }

    @Test func anotherModelIsNamed() throws {
        let index = try filled()
        let other = WordEncoder.make(name: "others", digest: "d2")
        let problem = error { _ = try SearchIndex(try index.reading(), encoder: other) }
        #expect(problem?.code == .mismatch)
        #expect(
            problem?.description.contains("\"words\"") == true && problem?.description.contains("\"others\"") == true)
        #expect(error { _ = try IndexUpdate(try index.store(), other) }?.code == .mismatch)
        // Of the same name, but with other weights.
        let namesake = WordEncoder.make(digest: "0123456789abcdef")
        #expect(
            error { _ = try SearchIndex(try index.reading(), encoder: namesake) }?.description.contains("0123456789ab")
                == true)
    }

    @Test func aChangedByteInTheVectorsIsNoticed() throws {
        let index = try filled()
        var bytes = try index.folder.read("index/passages-1.vectors")
        bytes[bytes.count / 2] ^= 0x10
        try index.folder.write("index/passages-1.vectors", bytes)
        #expect(try index.problems().count == 1)
        let problem = error { _ = try index.ids("loader") { $0.mode = .vector } }
        #expect(problem?.code == .damaged)
        #expect(problem?.description.contains("passages-1.vectors") == true)
        // Words are somewhere else.
        #expect(try index.ids("number7") { $0.mode = .bm25 } == ["d7"])
    }

    @Test func aCutOrMissingVectorFileIsNoticed() throws {
        for cut in [true, false] {
            let index = try filled()
            let bytes = try index.folder.read("index/passages-1.vectors")
            try index.folder.write("index/passages-1.vectors", cut ? Array(bytes.prefix(bytes.count / 2)) : [])
            #expect(error { _ = try index.ids("loader") { $0.mode = .vector } }?.code == .damaged)
            #expect(error { _ = try index.store() }?.code == .damaged)
            #expect(try index.problems().count == 1)
        }
    }

    @Test func aDamagedDatabaseIsNoticed() throws {
        let index = try filled()
        let bytes = try index.folder.read("index/index.sqlite")
        for damage in 0..<3 {
            var changed = bytes
            switch damage {
            case 0: changed = Array("not a database, but long enough to be one".utf8) + changed.dropFirst(41)
            case 1: for index in stride(from: 4096, to: changed.count, by: 64) { changed[index] = 0xFF }
            default: changed = Array(changed.prefix(5000))
            }
            try index.folder.write("index/index.sqlite", changed)
            let problem = error {
                let problems = try index.problems()
                #expect(!problems.isEmpty)
                if !problems.isEmpty { throw SearchError(.damaged, index.path, problems[0]) }
            }
            #expect(problem?.code == .damaged, "damage \(damage): \(String(describing: problem))")
        }
    }

    @Test func aChangedTextIsNoticedByTheCheck() throws {
        let index = try filled()
        var bytes = try index.folder.read("index/index.sqlite")
        let word = Array("number77 with some".utf8)
        let places = bytes.indices.dropLast(word.count).filter { bytes[$0..<$0 + word.count].elementsEqual(word) }
        let place = try #require(places.first)
        bytes[place] = UInt8(ascii: "N")
        try index.folder.write("index/index.sqlite", bytes)
        #expect(try index.problems().contains { $0.contains("\"d77\"") })
    }

    @Test func anUncommittedTailIsCutOff() throws {
        let index = try filled()
        let before = try index.folder.read("index/passages-1.vectors").count
        do {
            let writer = try VectorFileWriter(
                path: index.folder.file("index/passages-1.vectors"), dimensions: 24, format: .float32)
            try writer.append((0..<50).map { WordEncoder.vector("tail \($0)") })
            try writer.sync()
        }
        try index.folder.write("index/passages-7.vectors", "of a rewriting that did not finish")
        #expect(try index.ids("tail 7") { ($0.mode, $0.limit) = (.vector, 1000) }.count == 300)
        #expect(try index.problems() == [])
        try index.update([])
        #expect(try index.folder.read("index/passages-1.vectors").count == before)
        #expect(!index.folder.names(in: "index").contains("passages-7.vectors"))
    }
}
