import SecureBERTSearch
import Testing

@Suite("Keyword queries")
struct KeywordQueryTests {
    @Test("nothing to look for")
    func empty() {
        #expect(KeywordQuery(words: []).isEmpty)
        #expect(!KeywordQuery(words: [], phrases: [["cve", "2024", "1234"]]).isEmpty)
    }
}
