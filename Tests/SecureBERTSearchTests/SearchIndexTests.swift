import SecureBERT
import SecureBERTJSON
import SecureBERTSearch
import TestSupport
import Testing

@Suite struct SearchIndexTests {
    private func reports() throws -> TestIndex {
        let index = try TestIndex()
        var documents = [
            document("a", "The loader drops a beacon.", source: "/r/a.txt"),
            document("b", "A beacon talks to its server.", source: "/r/sub/b.txt"),
            document("c", "Ransomware encrypts the server.", source: "/r-old/c.txt"),
            document("d", "The loader loader loader.", source: "/r/d.jsonl", title: "Loader"),
        ]
        documents[0].date = "2024-05-01"
        documents[1].date = "2023-12-31T10:00:00Z"
        documents[0].metadata = ["tlp": "green", "source": "cert"]
        documents[2].metadata = ["tlp": "red"]
        documents[3].kind = "record"
        try index.update(documents)
        return index
    }

    @Test func filters() throws {
        let index = try reports()
        func found(_ change: (inout SearchFilter) -> Void) throws -> [String] {
            var filter = SearchFilter()
            change(&filter)
            let results = try SearchQuery.Mode.allCases.map { mode in
                try index.ids("loader beacon server ransomware") { ($0.mode, $0.filter) = (mode, filter) }.sorted()
            }
            #expect(Set(results).count == 1)
            return results[0]
        }
        #expect(try found { _ in } == ["a", "b", "c", "d"])
        #expect(try found { $0.sources = ["/r"] } == ["a", "b", "d"])
        #expect(try found { $0.sources = ["/r/"] } == ["a", "b", "d"])
        #expect(try found { $0.sources = ["/r/sub", "/r-old/c.txt"] } == ["b", "c"])
        #expect(try found { $0.kinds = ["record"] } == ["d"])
        #expect(try found { $0.since = "2024" } == ["a"])
        #expect(try found { $0.before = "2024" } == ["b"])
        #expect(try found { ($0.since, $0.before) = ("2023-12-31", "2024-05-01") } == ["b"])
        #expect(try found { $0.metadata = ["tlp": ["red", "green"]] } == ["a", "c"])
        #expect(try found { $0.metadata = ["tlp": ["red", "green"], "source": ["cert"]] } == ["a"])
        #expect(try found { $0.metadata = ["tlp' OR 1=1 --": ["x"]] } == [])
        #expect(try found { $0.sources = ["/none"] } == [])
    }

    @Test func vectorsGiveCosines() throws {
        let index = try reports()
        var query = SearchQuery("the loader drops a beacon")
        query.mode = .vector
        for result in try index.search().search(query).results {
            let text = result.document.title.isEmpty ? "" : result.document.title + " "
            let expected = Similarity(
                WordEncoder.vector(query.text), WordEncoder.vector(text + (result.passages.first?.passage.text ?? "")))
            #expect(abs(result.score - Double(expected.value)) < 1e-5)
        }
    }

    @Test(
        arguments: [(VectorFormat.int8, nil), (.int8, .float32), (.binary, .int8), (.binary, .float32)]
            as [(VectorFormat, VectorFormat?)])
    func smallerFormatsFindTheSameFirst(format: VectorFormat, rescoring: VectorFormat?) throws {
        let index = try TestIndex(format: format, rescoring: rescoring)
        let words = ["loader", "beacon", "ransom", "phish", "kernel", "driver", "token", "proxy", "shell", "macro"]
        let documents = (0..<200).map { number in
            document(
                "d\(number)", "\(words[number % 10]) \(words[number / 10 % 10]) \(words[number / 20]) text\(number)")
        }
        try index.update(documents)
        for number in stride(from: 0, to: 200, by: 17) {
            #expect(try index.ids(documents[number].text) { ($0.mode, $0.limit) = (.vector, 5) }.contains("d\(number)"))
        }
        #expect(try index.problems() == [])
    }

    @Test func passagesOfOneDocumentAreLimitedAndDocumentsShowTheirs() throws {
        let index = try TestIndex()
        let long = (0..<8).map {
            "The loader in paragraph \($0) does this and that and more of the same kind again and again, truly."
        }
        try index.update([document("long", long.joined(separator: "\n\n")), document("short", "A loader.")])
        #expect(try index.ids("loader") { ($0.limit, $0.mode) = (20, .bm25) }.count > 4)
        #expect(
            try index.ids("loader") { ($0.limit, $0.passagesPerDocument) = (20, 2) }.sorted() == [
                "long", "long", "short",
            ])
        var query = SearchQuery("loader paragraph")
        query.level = .document
        let results = try index.search().search(query).results
        #expect(results.map(\.document.id).sorted() == ["long", "short"])
        #expect(results.first { $0.document.id == "long" }?.passages.count == 3)
        let json = try index.search().search(query).json
        #expect(json["results"]?.arrayValue?.first?["passages"]?.arrayValue?.isEmpty == false)
    }

    @Test func aRerankerOrdersTheFirstResults() throws {
        let index = try reports()
        let search = try SearchIndex(try index.reading(), encoder: index.encoder) { _, texts in
            texts.map { $0.contains("server") ? 1 : -1 }
        }
        var query = SearchQuery("loader beacon")
        query.rerankDepth = 3
        query.rerankFusion.weight = 1
        let results = try search.search(query).results
        #expect(results.count == 4)
        let logits = results.map(\.logit)
        #expect(logits.prefix(3).allSatisfy { $0 != nil } && logits.last == .some(nil))
        #expect(logits.prefix(3).compactMap(\.self) == logits.prefix(3).compactMap(\.self).sorted(by: >))
        #expect(results.map(\.score) == results.map(\.score).sorted(by: >))
    }

    @Test func aRerankerWithoutWeightChangesNothing() throws {
        let index = try reports()
        let search = try SearchIndex(try index.reading(), encoder: index.encoder) { _, texts in
            texts.indices.map(Double.init)
        }
        var query = SearchQuery("loader beacon")
        let before = try search.search(query).results
        query.rerankDepth = 3
        query.rerankFusion.weight = 0
        #expect(try search.search(query).results.map(\.document.id) == before.map(\.document.id))
    }

    @Test func aRerankerThatLeavesOutResultsIsRefused() throws {
        let index = try reports()
        let search = try SearchIndex(try index.reading(), encoder: index.encoder) { _, _ in [1] }
        var query = SearchQuery("loader beacon")
        query.rerankDepth = 3
        let error = #expect(throws: SearchError.self) { try search.search(query) }
        #expect(error?.code == .mismatch)
    }

    @Test func whatCannotBeDoneIsSaid() throws {
        let index = try reports()
        func problem(_ change: (inout SearchQuery) -> Void) throws -> SearchError.Code? {
            var query = SearchQuery("loader")
            change(&query)
            let search = try SearchIndex(try index.reading(), encoder: nil)
            return #expect(throws: SearchError.self) { try search.search(query) }?.code
        }
        #expect(try problem { $0.text = " \n" } == .invalidRequest)
        #expect(try problem { $0.limit = 0 } == .invalidRequest)
        #expect(try problem { $0.limit = 1_000_000 } == .invalidRequest)
        #expect(try problem { _ in } == .invalidRequest)
        #expect(try problem { ($0.mode, $0.rerankDepth) = (.bm25, 5) } == .invalidRequest)
        #expect(try problem { ($0.mode, $0.rerankFusion.weight) = (.bm25, 2) } == .invalidRequest)
        var query = SearchQuery("loader")
        query.mode = .bm25
        #expect(try SearchIndex(try index.reading(), encoder: nil).search(query).results.count == 2)
    }

    @Test func searchesOfManyThreadsAgree() async throws {
        let index = try reports()
        let search = try index.search()
        let expected = try search.search(SearchQuery("loader beacon")).results
        try await withThrowingTaskGroup(of: [SearchResults.Result].self) { group in
            for _ in 0..<40 { group.addTask { try search.search(SearchQuery("loader beacon")).results } }
            for try await results in group { #expect(results == expected) }
        }
    }

    @Test func jsonHasWhatOthersReadOn() throws {
        let index = try reports()
        let json = try index.search().search(SearchQuery("ransomware")).json
        #expect(json["mode"]?.stringValue == "hybrid")
        #expect(json["model"]?.stringValue == "words")
        let first = try #require(json["results"]?.arrayValue?.first)
        #expect(first["id"]?.stringValue == "c")
        #expect(first["file"]?.stringValue == "/r-old/c.txt")
        #expect(first["text"]?.stringValue == "Ransomware encrypts the server.")
        #expect((first["line"]?.integerValue, first["start"]?.integerValue, first["end"]?.integerValue) == (1, 0, 31))
        #expect(first["metadata"]?["tlp"]?.stringValue == "red")
        #expect(first["bm25"]?["rank"]?.integerValue == 1)
        #expect(first["date"]?.isNull == true)
    }
}
