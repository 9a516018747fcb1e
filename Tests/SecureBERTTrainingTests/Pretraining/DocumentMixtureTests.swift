import SecureBERTTraining
import TestSupport
import Testing

@Suite struct DocumentMixtureTests {
    private let groups: [DocumentMixture.Group] = [
        .init(kind: .text, isBroad: false, size: 60), .init(kind: .code, isBroad: false, size: 20),
        .init(kind: .text, isBroad: true, size: 20),
    ]

    @Test func withoutWishesTheCorpusDecides() {
        #expect(DocumentMixture().shares(of: groups) == [60, 20, 20])
    }

    @Test func kindsAreDividedBySize() {
        let shares = DocumentMixture(kinds: [.text: 0.5, .code: 0.5]).shares(of: groups)
        #expect(shares == [0.375, 0.5, 0.125])
    }

    @Test(arguments: [0, 0.25, 1]) func broadSourcesGetTheirPart(part: Double) {
        for kinds in [nil, [DocumentKind.text: 0.9, .code: 0.1]] {
            let shares = DocumentMixture(kinds: kinds, broad: part).shares(of: groups)
            #expect(abs(shares[2] / shares.reduce(0, +) - part) < 1e-12)
        }
    }

    /// Each stage has its own mixture: what an earlier one left out is not made up for.
    @Test func aNewMixtureStartsAfresh() throws {
        let run = try TinyRun()
        let corpus = try TokenCorpus(folder: run.folder.file("tokens"))
        let broad = try #require(corpus.sources.firstIndex(of: "broad test"))
        var sampler = try SequenceSampler(
            corpus, split: "train", broadSources: [broad], firstToken: 0, separator: 1, seed: 3)
        func tokens(_ mixture: DocumentMixture) -> [DocumentKind: Int] {
            sampler.use(mixture)
            var tokens: [DocumentKind: Int] = [:]
            for _ in 0..<200 {
                let sequence = sampler.next(length: 16, joining: true)
                tokens[sequence.kind, default: 0] += sequence.ids.count
            }
            return tokens
        }
        #expect(tokens(DocumentMixture(kinds: [.text: 1, .code: 0]))[.code] == nil)
        let even = tokens(DocumentMixture(kinds: [.text: 1, .code: 1]))
        #expect(try abs(#require(even[.text]) - #require(even[.code])) <= 32)
        // Of the tiny corpus only texts are broad.
        #expect(tokens(DocumentMixture(broad: 1))[.code] == nil)
    }
}
