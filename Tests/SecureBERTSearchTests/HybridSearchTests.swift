import SecureBERT
import SecureBERTSearch
import TestSupport
import Testing

@Suite struct HybridSearchTests {
    private func reports() throws -> TestIndex {
        let index = try TestIndex()
        try index.update([
            document("a", "The loader drops a beacon."), document("b", "A beacon talks to its server."),
            document("c", "Ransomware encrypts the server."),
            document("d", "The loader loader loader.", title: "Loader"),
        ])
        return index
    }

    @Test func ranksAreJoinedByReciprocals() throws {
        let index = try reports()
        func ranking(_ mode: SearchQuery.Mode) throws -> [String] { try index.ids("loader beacon") { $0.mode = mode } }
        let (words, meaning) = (try ranking(.bm25), try ranking(.vector))
        #expect(words.count == 3 && meaning.count == 4)
        for weight in [0.5, 0.2, 1] {
            var scores: [String: Double] = [:]
            for (list, weight) in [(words, 1 - weight), (meaning, weight)] {
                for (rank, id) in list.enumerated() { scores[id, default: 0] += weight / (60 + Double(rank + 1)) }
            }
            var query = SearchQuery("loader beacon")
            query.fusion = HybridFusion(.ranks, vectorWeight: weight)
            let results = try index.search().search(query).results
            #expect(results.map(\.document.id).sorted() == scores.keys.sorted())
            for result in results {
                #expect(abs(result.score - (scores[result.document.id] ?? 0)) < 1e-12)
                #expect(result.keywords?.rank == words.firstIndex(of: result.document.id).map { $0 + 1 })
                #expect(result.vector?.rank == meaning.firstIndex(of: result.document.id).map { $0 + 1 })
            }
            #expect(results.map(\.score) == results.map(\.score).sorted(by: >))
        }
    }

    @Test func scoresAreScaledAndWeighed() throws {
        let index = try reports()
        func scaled(_ mode: SearchQuery.Mode) throws -> [String: Double] {
            var query = SearchQuery("loader beacon")
            query.mode = mode
            let results = try index.search().search(query).results
            let (best, last) = (results.first?.score ?? 0, results.last?.score ?? 0)
            return Dictionary(
                uniqueKeysWithValues: results.map { ($0.document.id, ($0.score - last) / (best - last)) })
        }
        let (words, meaning) = (try scaled(.bm25), try scaled(.vector))
        for weight in [0.8, 0, 1, 0.3] {
            var query = SearchQuery("loader beacon")
            query.fusion = HybridFusion(.scores, vectorWeight: weight)
            let results = try index.search().search(query).results
            #expect(results.count == 4)
            for result in results {
                let id = result.document.id
                let expected = (1 - weight) * (words[id] ?? 0) + weight * (meaning[id] ?? 0)
                #expect(abs(result.score - expected) < 1e-9)
            }
        }
    }

    @Test(arguments: HybridFusion.Method.allCases, SearchLevel.allCases)
    func whatMentionsAnIdentifierComesFirst(method: HybridFusion.Method, level: SearchLevel) throws {
        let index = try TestIndex()
        let near = (0..<20).map { document("near\($0)", "exploitation of the gateway by attackers, report \($0)") }
        try index.update(
            near + [
                document("it", "Among many other things that were fixed in this long list is CVE-2024-3400, too."),
                document("other", "exploitation of the gateway CVE-2024-9999"),
                document("technique", "A word or two about something else (T1059.001)."),
            ])
        func first(_ text: String) throws -> SearchResults.Result {
            var query = SearchQuery(text)
            (query.level, query.fusion) = (level, HybridFusion(method, vectorWeight: 1))
            let results = try index.search().search(query).results
            #expect(results.map(\.score) == results.map(\.score).sorted(by: >))
            return try #require(results.first)
        }
        #expect(try first("exploitation of the gateway CVE-2024-3400 by attackers").document.id == "it")
        #expect(try first("exploitation of the gateway (cve-2024-3400)").score >= 1)
        #expect(try first("exploitation of the gateway T1059 by attackers").document.id == "technique")
        #expect(try first("exploitation of the gateway by attackers").document.id.hasPrefix("near"))
        #expect(try first("exploitation of the gateway by attackers").score <= 1)
        // It is nowhere: the rest is ranked as if it had not been asked for.
        #expect(try first("exploitation of the gateway CVE-2020-0001 by attackers").document.id.hasPrefix("near"))
    }

    @Test func identifiersAreThoseOfTheField() {
        func found(_ text: String) -> [[String]] { KeywordQuery.identifiers(in: text).phrases }
        #expect(
            found("patch CVE-2024-3400, CWE-79 and (CAPEC-66)!") == [
                ["cve", "2024", "3400"], ["cwe", "79"], ["capec", "66"],
            ])
        #expect(
            found("T1059 T1059.001 TA0001 S0154 G0016 DS0017") == [
                ["t1059"], ["t1059", "001"], ["ta0001"], ["s0154"], ["g0016"], ["ds0017"],
            ])
        #expect(found("https://nvd.example/CVE-2021-44228?x=1") == [["cve", "2021", "44228"]])
        #expect(
            found("from 10[.]0.0[.]1:443 MS17-010 KB5005565") == [
                ["10", "0", "0", "1"], ["ms17", "010"], ["kb5005565"],
            ])
        #expect(
            found("d41d8cd98f00b204e9800998ecf8427e GHSA-jfh8-c2jp-5v3q") == [
                ["d41d8cd98f00b204e9800998ecf8427e"], ["ghsa", "jfh8", "c2jp", "5v3q"],
            ])
        #expect(found("utf-8 sha-256 log4j 2.4.49 Windows 10 cve 2024 base64 t1 x509 and/or CVE-24-1").isEmpty)
        #expect(found(String(repeating: "CVE-2024-3400 ", count: 5000)).count == 128)
    }

    @Test func aWeightOutsideItsRangeIsRefused() throws {
        for weight in [-0.1, 1.1, .nan] {
            var query = SearchQuery("loader")
            query.fusion.vectorWeight = weight
            #expect(throws: SearchError.self) { try reports().search().search(query) }
        }
    }
}
