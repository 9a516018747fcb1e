import GRDB
import SecureBERTSearch
import TestSupport
import Testing

@Suite struct IndexUpdateTests {
    @Test func unchangedDocumentsAreSkippedAndChangedOnesReplaced() throws {
        let index = try TestIndex()
        let first = try index.update([document("a", "loader alpha"), document("b", "beacon beta")])
        #expect((first.indexed, first.unchanged) == (2, 0))
        let second = try index.update([document("a", "loader alpha"), document("b", "implant gamma")])
        #expect((second.indexed, second.unchanged) == (1, 1))
        #expect(try index.ids("beta") { $0.mode = .bm25 } == [])
        #expect(try index.ids("gamma") { $0.mode = .bm25 } == ["b"])
        #expect(try index.ids("implant gamma") { $0.mode = .vector } == ["b", "a"])
        #expect(try index.problems() == [])
    }

    @Test func changedMetadataIsAChange() throws {
        let index = try TestIndex()
        var one = document("a", "loader")
        try index.update([one])
        one.metadata["source"] = "cert"
        #expect(try index.update([one]).indexed == 1)
        #expect(try index.ids("loader") { $0.filter.metadata = ["source": ["cert"]] } == ["a"])
    }

    @Test func missingDocumentsOfTheSourcesAreRemovedAndOthersKept() throws {
        let index = try TestIndex()
        let documents = [
            document("/r/a", "loader", source: "/r/a"), document("/r/b", "loader", source: "/r/b"),
            document("/r2/c", "loader", source: "/r2/c"), document("x", "loader", source: "/r/x.jsonl"),
        ]
        try index.update(documents)
        let report = try index.update([documents[0]], removing: ["/r"])
        #expect(report.removed == 2)
        #expect(try index.ids("loader").sorted() == ["/r/a", "/r2/c"])
        #expect(try index.problems() == [])
    }

    @Test func whatCouldNotBeReadIsKept() throws {
        let index = try TestIndex()
        try index.update([document("x", "loader", source: "/r/x.jsonl"), document("y", "beacon", source: "/r/y.jsonl")])
        let update = try IndexUpdate(try index.store(), index.encoder)
        update.keep(source: "/r/x.jsonl")
        try update.finish(removingMissingFrom: ["/r"])
        #expect(try index.ids("loader beacon") == ["x"])
    }

    @Test func anInterruptedUpdateGoesOnWhereItStopped() throws {
        struct Stopped: Error {}
        let index = try TestIndex()
        let documents = (0..<20).map { document("d\($0)", "loader number\($0)") }
        var acknowledged: [String] = []
        do {
            var observer = IndexUpdate.Observer()
            observer.committed = { ids in
                acknowledged += ids
                if acknowledged.count >= 8 { throw Stopped() }
            }
            let update = try IndexUpdate(try index.store(), index.encoder, batchCount: 4, observer: observer)
            #expect(throws: Stopped.self) { for document in documents { try update.add(document) } }
        }
        #expect(acknowledged.count == 8)
        #expect(try index.ids("loader") { $0.limit = 100 }.sorted() == acknowledged.sorted())
        let report = try index.update(documents)
        #expect((report.indexed, report.unchanged) == (12, 8))
        #expect(try index.problems() == [])
    }

    @Test func theSameIdTwiceIsTheLastOne() throws {
        let index = try TestIndex()
        try index.update([document("a", "first"), document("b", "other"), document("a", "second")])
        #expect(try index.ids("first") { $0.mode = .bm25 } == [])
        #expect(try index.ids("second") { $0.mode = .bm25 } == ["a"])
        #expect(try index.reading().read { try $0.counts() }.documents == 2)
    }

    @Test func documentsWithoutTextAreNotFoundAnyMore() throws {
        let index = try TestIndex()
        try index.update([document("a", "loader")])
        let report = try index.update([document("a", "  \n ")])
        #expect(report.empty == 1)
        #expect(try index.ids("loader") == [])
        // A title alone is text.
        try index.update([document("t", "", title: "Loader")])
        #expect(try index.ids("loader") == ["t"])
        #expect(try index.problems() == [])
    }

    @Test func manyRemovalsGiveTheirRoomBack() throws {
        let index = try TestIndex(format: .int8, rescoring: .float32)
        func documents(_ range: Range<Int>, _ word: String) -> [SourceDocument] {
            range.map { document("d\($0)", "loader \(word) number\($0)", source: "/r/\($0)") }
        }
        try index.update(documents(0..<1200, "old"))
        let before = try index.reading().read { try $0.counts() }.bytes
        // A search that was opened before goes on, with the new files.
        let search = try index.search()
        try index.update(documents(0..<300, "new"), removing: ["/r"])
        #expect(index.folder.names(in: "index").filter { $0.hasSuffix(".vectors") }.allSatisfy { $0.contains("-2") })
        #expect(try index.problems() == [])
        #expect(try index.reading().read { try $0.counts() }.bytes < before)
        var query = SearchQuery("loader new number7")
        (query.mode, query.limit) = (.vector, 3)
        #expect(try search.search(query).results.first?.document.id == "d7")
        try index.update(documents(0..<310, "new"))
        #expect(try index.reading().read { try $0.counts() }.documents == 310)
        #expect(try index.problems() == [])
    }

    /// A query looks into every run of words that FTS5 keeps; one is left of many.
    @Test func wordsAreMergedWhenMuchHasChanged() throws {
        let index = try TestIndex()
        func runs() throws -> Int? {
            let database = try DatabaseQueue(path: index.folder.file("index/index.sqlite"))
            return try database.read { try Int.fetchOne($0, sql: "SELECT COUNT(DISTINCT segid) FROM words_idx") }
        }
        func documents(_ range: Range<Int>) -> [SourceDocument] {
            range.map { number in
                let words = (0..<60).map { "word\(number * 60 + $0)" }.joined(separator: " ")
                return document("d\(number)", "loader \(words)")
            }
        }
        do {
            let update = try IndexUpdate(try index.store(), index.encoder, batchCount: 40)
            for document in documents(0..<1200) { try update.add(document) }
            try update.commit()
        }
        #expect(try runs() ?? 0 > 1)
        try index.update([])
        #expect(try runs() == 1)
        // A small change is not worth writing everything anew.
        try index.update(documents(1200..<1204))
        #expect(try runs() == 2)
        #expect(try index.problems() == [])
        #expect(try index.ids("word61 word71999") { $0.mode = .bm25 }.sorted() == ["d1", "d1199"])
    }

    @Test func aReadWhoseFilesAreReplacedBeginsAgain() throws {
        let index = try TestIndex()
        func documents(_ range: Range<Int>, _ word: String) -> [SourceDocument] {
            range.map { document("d\($0)", "loader \(word) number\($0)", source: "/r/\($0)") }
        }
        try index.update(documents(0..<1200, "old"))
        let reader = try index.reading()
        var attempts = 0
        let found = try reader.read { state in
            attempts += 1
            if attempts == 1 { try index.update(documents(0..<300, "new"), removing: ["/r"]) }
            return try state.nearest(
                to: WordEncoder.vector("loader new number7"), level: .passage, filter: SearchFilter(), limit: 1000)
        }
        #expect(attempts == 2)
        #expect(found.count == 300)
    }

    @Test func aHugeDocumentIsOneCommit() throws {
        let index = try TestIndex()
        let text = (0..<60_000).map { "word\($0 % 977)" }.joined(separator: " ")
        let report = try index.update([document("huge", text), document("small", "needle")])
        #expect(report.passages > 2000)
        #expect(try index.ids("needle").first == "small")
        #expect(try index.ids("word976 word975") { ($0.level, $0.mode) = (.document, .bm25) } == ["huge"])
    }

    @Test func anEmptyIndexFindsNothing() throws {
        let index = try TestIndex()
        try index.update([])
        for mode in SearchQuery.Mode.allCases { #expect(try index.ids("loader") { $0.mode = mode } == []) }
        #expect(try index.problems() == [])
        #expect(try index.reading().read { try $0.counts() }.documents == 0)
    }

    @Test func twoWritersDoNotMeet() throws {
        let index = try TestIndex()
        let first = try index.store()
        let error = #expect(throws: SearchError.self) { try index.store() }
        #expect(error?.code == .busy)
        #expect(error?.description.contains("another process (") == true)
        _ = first
    }

    @Test func readersSeeOneStateAndTheNextOneAfterwards() throws {
        let index = try TestIndex()
        try index.update([document("a", "loader one")])
        let reader = try index.reading()
        let search = try SearchIndex(reader, encoder: index.encoder)
        try reader.read { state in
            #expect(try state.counts().documents == 1)
            try index.update([document("b", "loader two")])
            #expect(try state.counts().documents == 1)
            let nearest = try state.nearest(
                to: WordEncoder.vector("loader two"), level: .passage, filter: SearchFilter(), limit: 10)
            #expect(nearest.count == 1)
        }
        #expect(try search.search(SearchQuery("loader two")).results.map(\.document.id) == ["b", "a"])
    }
}
