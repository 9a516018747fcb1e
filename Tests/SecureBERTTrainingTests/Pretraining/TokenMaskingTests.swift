import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct TokenMaskingTests {
    let tokenizer: Tokenizer
    let masking: TokenMasking
    let mask: Int32
    init() throws {
        tokenizer = try Tokenizer(folder: Fixtures.model("modernbert-mlm-new"))
        mask = try #require(tokenizer.specialTokens.mask).id
        masking = TokenMasking(tokenizer, maskID: mask)
    }

    private static let text = String(
        repeating: "The loader downloads payloads\n  and deletes shadow copies;\n", count: 60)

    /// Of the tokens chosen, 80 % become masks, about 10 % another token, and the rest stay; special ones never change.
    @Test(arguments: [TokenMasking.Unit.token, .word, .lineSpan])
    func sharesAreAsTold(unit: TokenMasking.Unit) throws {
        let ids = try tokenizer.encode(Self.text).ids
        var random = SeededGenerator(seed: 1)
        var (hidden, masks, changed) = (0, 0, 0)
        for _ in 0..<20 {
            var copy = ids
            let places = masking.hide(&copy, rate: 0.3, unit: unit, using: &random)
            #expect(places.map(\.position) == places.map(\.position).sorted())
            for (position, id) in places {
                #expect(ids[position] == id)
                masks += copy[position] == mask ? 1 : 0
                changed += copy[position] != mask && copy[position] != id ? 1 : 0
            }
            let untouched = Set(ids.indices).subtracting(places.map(\.position))
            #expect(untouched.allSatisfy { copy[$0] == ids[$0] })
            #expect(copy.first == ids.first && copy.last == ids.last)
            hidden += places.count
        }
        let count = Double(20 * (ids.count - 2))
        #expect(abs(Double(hidden) / count - 0.3) < 0.01)
        #expect(abs(Double(masks) / Double(hidden) - 0.8) < 0.03)
        #expect(abs(Double(changed) / Double(hidden) - 0.1) < 0.02)
    }

    @Test func wordsAreHiddenWhole() throws {
        let encoding = try tokenizer.encode(Self.text)
        var random = SeededGenerator(seed: 2)
        var ids = encoding.ids
        let hidden = Set(masking.hide(&ids, rate: 0.2, unit: .word, using: &random).map(\.position))
        // Where a token continues a word, it shares the fate of the one before.
        for position in 2..<ids.count - 1 {
            let token = encoding.tokens[position]
            let continues = token.unicodeScalars.first.map {
                $0.properties.isAlphabetic && $0 != "\u{120}" && $0 != "\u{10A}"
            }
            guard continues == true else { continue }
            #expect(hidden.contains(position) == hidden.contains(position - 1), "\(token) at \(position)")
        }
    }

    @Test func spansStayInsideALine() throws {
        let encoding = try tokenizer.encode(Self.text)
        var random = SeededGenerator(seed: 3)
        var ids = encoding.ids
        let hidden = masking.hide(&ids, rate: 0.15, unit: .lineSpan, replacing: false, using: &random)
        #expect(hidden.allSatisfy { ids[$0.position] == mask })
        // Neighbours are hidden together far more often than by chance.
        let positions = Set(hidden.map(\.position))
        let neighbours = hidden.filter { positions.contains($0.position + 1) }.count
        #expect(Double(neighbours) / Double(hidden.count) > 0.5)
    }

    @Test func nothingIsHiddenWhereThereIsNothing() {
        var random = SeededGenerator(seed: 4)
        var none: [Int32] = []
        #expect(masking.hide(&none, rate: 0.3, unit: .token, using: &random).isEmpty)
        var special = [mask, mask]
        #expect(masking.hide(&special, rate: 0.3, unit: .word, using: &random).isEmpty)
    }
}
