import SecureBERTJSON
import SecureBERTTokenizers
import TestSupport
import Testing

/// Learning a byte-level vocabulary.
@Suite struct BytePairTrainerTests {
    static func counts(_ texts: [String], _ splitting: TextSplitting = TextSplitting()) throws -> PretokenCounts {
        var counts = PretokenCounts()
        for var text in texts { try text.withUTF8 { try splitting.count($0, into: &counts) } }
        return counts
    }

    static func texts() throws -> [String] {
        try Fixtures.jsonLines("training/texts.jsonl").map { try #require($0["text"]?.stringValue) }
    }

    /// Tokens, ids and merges of the reference.
    @Test func learnsWhatTheReferenceLearns() throws {
        let texts = try Self.texts()
        for (number, golden) in try #require(Fixtures.json("training/learned.json")["cases"]?.arrayValue).enumerated() {
            let splitting = TextSplitting(
                composes: try #require(golden["nfc"]?.boolValue as Bool?),
                splitsDigits: try #require(golden["digits"]?.boolValue as Bool?))
            let trainer = try BytePairTrainer(
                .init(
                    vocabularySize: try #require(golden["size"]?.integerValue),
                    minimumFrequency: try #require(golden["least"]?.integerValue),
                    specialTokens: try #require(golden["special"]?.arrayValue).compactMap(\.stringValue)))
            let learned = try trainer.train(Self.counts(texts, splitting))
            let tokens = try #require(golden["tokens"]?.arrayValue).compactMap(\.stringValue)
            let merges = try #require(golden["merges"]?.arrayValue).compactMap(\.stringValue)
            #expect(learned.tokens.map { Array($0.utf8) } == tokens.map { Array($0.utf8) }, "tokens of case \(number)")
            #expect(learned.merges.map { "\($0.left) \($0.right)" } == merges, "merges of case \(number)")
        }
    }

    /// Counting all pairs again after every merge, the slow way.
    @Test(arguments: 0..<40) func agreesWithCountingEverythingAgain(seed: Int) throws {
        var random = TestSupport.SeededGenerator(seed: UInt64(seed))
        let letters = Array(["ab", "abc", "aab", "abcdefgh"].randomElement(using: &random) ?? "ab")
        let words = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            String(
                (0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        let size = 256 + Int.random(in: 0...60, using: &random)
        let learned = try BytePairTrainer(.init(vocabularySize: size, specialTokens: []))
            .train(Self.counts([words.joined(separator: " ")]))
        var symbols = words.enumerated().map { index, word in
            ((index > 0 ? "Ġ" : "") + word).map { String($0) }
        }
        var tokens = Array(learned.tokens.prefix(256))
        while tokens.count < size {
            var counts: [[Int]: Int] = [:]
            for word in symbols {
                for (left, right) in zip(word, word.dropFirst()) {
                    let pair = try [left, right].map { try #require(tokens.firstIndex(of: $0)) }
                    counts[pair, default: 0] += 1
                }
            }
            let best = counts.min { first, second in
                first.value != second.value
                    ? first.value > second.value : first.key.lexicographicallyPrecedes(second.key)
            }
            guard let pair = best?.key.map({ tokens[$0] }) else { break }
            tokens.append(pair.joined())
            symbols = symbols.map { word in
                var merged: [String] = []
                for symbol in word {
                    // A merged symbol is longer than either part, unless it was just made.
                    if merged.last == pair[0], symbol == pair[1] {
                        merged[merged.count - 1] = pair.joined() + "|"
                    } else {
                        merged.append(symbol)
                    }
                }
                return merged.map { $0.hasSuffix("|") ? String($0.dropLast()) : $0 }
            }
        }
        #expect(learned.tokens == tokens)
    }

    @Test func theOrderOfCountingDoesNotMatter() throws {
        let texts = try Self.texts()
        let whole = try Self.counts(texts)
        var parts = try Self.counts(Array(texts[2...].reversed()))
        try parts.add(try Self.counts(Array(texts[..<2])))
        #expect(parts.total == whole.total)
        #expect(parts.textBytes == whole.textBytes)
        let trainer = try BytePairTrainer(.init(vocabularySize: 600))
        #expect(try trainer.train(parts).tokens == trainer.train(whole).tokens)
    }

    @Test(arguments: [false, true]) func writesATokenizerThatReadsItsText(splitsDigits: Bool) throws {
        let texts = try Self.texts()
        let splitting = TextSplitting(composes: false, splitsDigits: splitsDigits)
        let learned = try BytePairTrainer(.init(vocabularySize: 600)).train(Self.counts(texts, splitting))
        let files = learned.files(splitting: splitting, maximumLength: 128)
        #expect(files.map(\.name) == ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
        let folder = try TemporaryFolder()
        for file in files { try folder.write(file.name, file.bytes) }
        let tokenizer = try Tokenizer(folder: folder.path)
        #expect(tokenizer.vocabularySize == 600)
        #expect(tokenizer.modelMaximumLength == 128)
        #expect(tokenizer.specialTokens.mask?.text == "[MASK]")
        #expect(tokenizer.specialTokens.mask?.id == 4)
        #expect(tokenizer.specialTokens.unknown?.id == 0)
        #expect(tokenizer.textSplitting == splitting)
        for text in texts {
            let encoding = try tokenizer.encode(text)
            #expect(Array(tokenizer.decode(encoding.ids).utf8) == Array(text.utf8))
            #expect(encoding.ids.first == 1)
            #expect(encoding.ids.last == 2)
        }
        let masked = try tokenizer.encode("a [MASK] b", pair: "c")
        #expect(masked.tokens == ["[CLS]", "a", " [MASK]", "Ġb", "[SEP]", "c", "[SEP]"])
        #expect(masked.typeIDs == [0, 0, 0, 0, 0, 1, 1])
        let digits = try tokenizer.encode("year 2020", addSpecialTokens: false).tokens.suffix(4)
        #expect((Array(digits) == ["2", "0", "2", "0"]) == splitsDigits)
    }

    @Test func writesRobertasForm() throws {
        let special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        let learned = try BytePairTrainer(.init(vocabularySize: 300, specialTokens: special))
            .train(Self.counts(["a report about a report"]))
        let folder = try TemporaryFolder()
        for file in learned.files(splitting: TextSplitting()) { try folder.write(file.name, file.bytes) }
        let tokenizer = try Tokenizer(folder: folder.path)
        #expect(try tokenizer.encode("a", pair: "b").tokens == ["<s>", "a", "</s>", "</s>", "b", "</s>"])
        #expect(tokenizer.specialTokens.beginning?.id == 0)
        #expect(tokenizer.specialTokens.separator?.id == 2)
        // The input runs out of pairs.
        #expect(tokenizer.vocabularySize < 300)
    }

    @Test func refusesWhatCannotBe() throws {
        func refusal(_ options: BytePairTrainer.Options) -> String? {
            do {
                _ = try BytePairTrainer(options)
                return nil
            } catch { return error.description }
        }
        #expect(refusal(.init(vocabularySize: 260))?.contains("need 261") == true)
        #expect(refusal(.init(vocabularySize: 1 << 40))?.contains("more than") == true)
        #expect(refusal(.init(vocabularySize: 300, specialTokens: ["a", "x"]))?.contains("stand-in") == true)
        #expect(refusal(.init(vocabularySize: 300, specialTokens: ["xx", "xx"]))?.contains("twice") == true)
        #expect(refusal(.init(vocabularySize: 300, specialTokens: [""]))?.contains("empty") == true)
        #expect(refusal(.init(vocabularySize: 261)) == nil)
        let trainer = try BytePairTrainer(.init(vocabularySize: 300))
        #expect(throws: TokenizerError.self) { try trainer.train(PretokenCounts()) }
    }
}
