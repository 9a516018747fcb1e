import SecureBERTSearch
import TestSupport
import Testing

/// What those are told who may search an index and not know the computer it is on.
@Suite struct SearchPlacesTests {
    private func found(_ index: TestIndex, _ names: [String] = []) throws -> [(id: String, file: String)] {
        var query = SearchQuery("loader")
        (query.names, query.limit) = (names, 100)
        let results = try index.search().search(query)
        let json = results.withoutPlaces.json
        for result in json["results"]?.arrayValue ?? [] { #expect(!result.text.contains("/srv")) }
        #expect(results.results.allSatisfy { $0.document.source.isEmpty || $0.document.source.hasPrefix("/srv") })
        return results.withoutPlaces.results.map { ($0.document.id, $0.document.source) }.sorted { $0 < $1 }
    }

    private func file(_ path: String, _ id: String? = nil) -> SourceDocument {
        document(id ?? path, "A loader in \(path.split(separator: "/").last ?? "").", source: path)
    }

    @Test func filesAreCalledByTheirPathBelowTheFolder() throws {
        let index = try TestIndex()
        try index.update(
            [
                file("/srv/cti/a.txt"), file("/srv/cti/2024/b.txt"), file("/srv/cti/n.jsonl", "/srv/cti/n.jsonl#12ab"),
                file("/srv/cti/n.jsonl", "n1"), document("pipe", "A loader from elsewhere."),
            ], roots: ["/srv/cti/"])
        let all = try found(index)
        #expect(all.map(\.id) == ["2024/b.txt", "a.txt", "n.jsonl#12ab", "n1", "pipe"])
        #expect(all.map(\.file) == ["2024/b.txt", "a.txt", "n.jsonl", "n.jsonl", ""])
        #expect(try found(index, ["2024"]).map(\.id) == ["2024/b.txt"])
        #expect(try found(index, ["2024/", "a.txt"]).map(\.id) == ["2024/b.txt", "a.txt"])
        for name in ["/srv/cti", "../cti/a.txt", "none", "202"] { #expect(try found(index, [name]).isEmpty, "\(name)") }
    }

    @Test func severalFoldersStandBeforeTheirFiles() throws {
        let index = try TestIndex()
        try index.update([file("/srv/a/reports/x.txt")], roots: ["/srv/a/reports"])
        try index.update([file("/srv/b/reports/x.txt")], roots: ["/srv/b/reports"])
        try index.update([file("/srv/notes/x.txt")], roots: ["/srv/notes", "/srv/notes/deep"])
        #expect(try found(index).map(\.id) == ["notes/x.txt", "reports-2/x.txt", "reports/x.txt"])
        #expect(try found(index, ["reports-2/x.txt"]).map(\.id) == ["reports-2/x.txt"])
        #expect(try found(index, ["notes/", "reports"]).map(\.id) == ["notes/x.txt", "reports/x.txt"])
        // A folder above the others takes their place, one that holds nothing any more goes.
        try index.update([], roots: ["/srv/a"])
        #expect(try found(index).map(\.id) == ["a/reports/x.txt", "notes/x.txt", "reports/x.txt"])
        try index.update([], removing: ["/srv/a", "/srv/b"])
        #expect(try found(index).map(\.id) == ["x.txt"])
        #expect(try index.problems() == [])
    }

    @Test func aFileBelowNoFolderHasItsNameAlone() throws {
        let index = try TestIndex()
        // A mark that combines with the slash before it hides nothing.
        try index.update([file("/srv/cti/\u{308}y.txt")], roots: ["/srv/cti"])
        #expect(try found(index).map(\.id) == ["\u{308}y.txt"])
        try index.update([], removing: ["/srv/cti"])
        try index.update([file("/srv/elsewhere/x.txt")], roots: ["/srv/cti"])
        #expect(try found(index).map(\.id) == ["x.txt"])
        #expect(try found(index, ["x.txt"]).isEmpty)
    }
}
