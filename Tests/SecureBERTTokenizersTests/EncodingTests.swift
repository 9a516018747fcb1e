import SecureBERTTokenizers
import TestSupport
import Testing

@Suite struct EncodingTests {
    static let text = "naïve 👩‍💻 攻击 CVE-2021-44228\r\n\te\u{301}x İstanbul"

    /// Every range, in every unit, cuts the text at the same places.
    @Test(arguments: ["roberta", "modernbert", "bert"])
    func offsetsAgreeInEveryUnit(name: String) throws {
        let encoding = try GoldenFiles.tokenizer(name).encode(Self.text, pair: "é" + Self.text)
        let utf8 = encoding.offsets
        let scalars = encoding.offsets(in: .unicodeScalars)
        let utf16 = encoding.offsets(in: .utf16)
        #expect(encoding.offsets(in: .utf8) == utf8)
        for index in 0..<encoding.count {
            guard let sequence = encoding.sequenceIDs[index] else {
                #expect(scalars[index].isEmpty && utf16[index].isEmpty)
                continue
            }
            let text = sequence == 0 ? Self.text : "é" + Self.text
            let byBytes = Array(Array(text.utf8)[utf8[index]])
            var view = String.UnicodeScalarView()
            view.append(contentsOf: Array(text.unicodeScalars)[scalars[index]])
            #expect(Array(String(view).utf8) == byBytes)
            #expect(Array(String(decoding: Array(text.utf16)[utf16[index]], as: UTF16.self).utf8) == byBytes)
        }
    }

    /// Windows together hold every token of the text, and consecutive ones share the stride.
    @Test(arguments: ["roberta", "modernbert", "bert"], [Truncation.Direction.right, .left])
    func windowsKeepEverything(name: String, direction: Truncation.Direction) throws {
        let tokenizer = try GoldenFiles.tokenizer(name)
        let whole = try tokenizer.encode(Self.text, addSpecialTokens: false)
        let truncation = Truncation(maximumLength: 9, direction: direction, stride: 3)
        var windows = try tokenizer.encodeWindows(Self.text, truncation: truncation)
        #expect(windows.count > 1)
        #expect(windows.allSatisfy { $0.count <= 9 && $0.isTruncated })
        if direction == .left { windows.reverse() }
        var ids: [Int32] = []
        for (index, window) in windows.enumerated() {
            let inner = zip(window.ids, window.specialTokensMask).filter { !$0.1 }.map(\.0)
            if index > 0 { #expect(Array(ids.suffix(3)) == Array(inner.prefix(3)) || direction == .left) }
            let shared = index == 0 ? 0 : direction == .right ? 3 : min(3, ids.count)
            ids.append(contentsOf: inner.dropFirst(shared))
        }
        #expect(ids == whole.ids)
        #expect(!whole.isTruncated)
    }

    @Test func nothingIsCutUnlessAsked() throws {
        let json = RefusalTests.wordPiece(
            #","truncation":{"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0},"#
                + #""padding":{"strategy":{"Fixed":6},"direction":"Left","pad_to_multiple_of":4,"pad_id":0,"#
                + #""pad_type_id":1,"pad_token":"<pad>"},"pre_tokenizer":{"type":"WhitespaceSplit"}"#)
        let tokenizer = try Tokenizer(json: Array(json.utf8))
        let plain = try tokenizer.encode("a b a")
        #expect(plain.ids == [3, 4, 3])
        let padded = try tokenizer.encode("a b a", truncation: tokenizer.truncation, padding: tokenizer.padding)
        #expect(padded.ids == [0, 0, 0, 0, 0, 0, 3, 4])
        #expect(padded.tokens == Array(repeating: "<pad>", count: 6) + ["a", "b"])
        #expect(padded.typeIDs == [1, 1, 1, 1, 1, 1, 0, 0])
        #expect(padded.attentionMask == Array(repeating: false, count: 6) + [true, true])
        #expect(padded.specialTokensMask == Array(repeating: true, count: 6) + [false, false])
        #expect(padded.isTruncated)
        #expect(padded.offsets(in: .unicodeScalars).suffix(2) == [0..<1, 2..<3])
    }

    @Test func refusesImpossibleTruncation() throws {
        let tokenizer = try GoldenFiles.tokenizer("bert")
        func expectRefusal(_ truncation: Truncation, pair: String? = nil, _ word: String) throws {
            let error = try #require(throws: TokenizerError.self) {
                try tokenizer.encode("one two three four five six", pair: pair, truncation: truncation)
            }
            #expect(error.kind == .invalidRequest)
            #expect(error.description.contains(word), "\(error)")
        }
        try expectRefusal(Truncation(maximumLength: 1), "2 special tokens")
        try expectRefusal(Truncation(maximumLength: -4), "-4")
        try expectRefusal(Truncation(maximumLength: 6, stride: 4), "lower the stride")
        try expectRefusal(Truncation(maximumLength: 6, stride: -1), "negative")
        try expectRefusal(Truncation(maximumLength: 6, strategy: .onlySecond), "only one text")
        try expectRefusal(Truncation(maximumLength: 6, strategy: .onlySecond), pair: "x", "second text has only")
        try expectRefusal(
            Truncation(maximumLength: 6, strategy: .onlyFirst), pair: String(repeating: "x ", count: 50),
            "first text has only")
    }

    @Test func knowsItsVocabulary() throws {
        let tokenizer = try GoldenFiles.tokenizer("modernbert")
        let mask = try #require(tokenizer.specialTokens.mask)
        #expect(mask.text == "[MASK]")
        #expect(tokenizer.id(of: "[MASK]") == mask.id)
        #expect(tokenizer.token(mask.id) == "[MASK]")
        #expect(tokenizer.specialTokens.classification?.text == "[CLS]")
        #expect(tokenizer.specialTokens.separator?.text == "[SEP]")
        #expect(tokenizer.specialTokenCount() == 2)
        #expect(tokenizer.specialTokenCount(isPair: true) == 3)
        #expect(tokenizer.idBound == tokenizer.vocabularySize)
        #expect(tokenizer.id(of: "no such token") == nil)
    }

    /// "é" composed and decomposed are one Swift string and two tokens.
    @Test func keepsCanonicallyEqualTokensApart() throws {
        let json = RefusalTests.wordPiece(vocabulary: "{\"[UNK]\":0,\"\u{E9}\":1,\"e\u{301}\":2}")
        let tokenizer = try Tokenizer(json: Array(json.utf8))
        #expect(try tokenizer.encode("\u{E9}").ids == [1])
        #expect(try tokenizer.encode("e\u{301}").ids == [2])
        #expect(tokenizer.id(of: "e\u{301}") == 2)
    }

    /// Many texts at once, through shared caches, give what one gives.
    @Test func worksFromManyTasks() async throws {
        let tokenizer = try GoldenFiles.tokenizer("modernbert")
        let texts = (0..<400).map { "\(Self.text) word\($0) \(String(repeating: "x\($0 % 7) ", count: $0 % 50))" }
        let expected = try texts.map { try tokenizer.encode($0).ids }
        let fresh = try GoldenFiles.tokenizer("modernbert")
        let found = try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask { (index, try fresh.encode(text).ids) }
            }
            var found = [[Int32]](repeating: [], count: texts.count)
            for try await (index, ids) in group { found[index] = ids }
            return found
        }
        #expect(found == expected)
    }

    /// A text so long that it is normalized in pieces gives what its parts give.
    @Test(arguments: ["roberta", "modernbert", "bert"])
    func longTextsAreTheSumOfTheirParts(name: String) throws {
        let tokenizer = try GoldenFiles.tokenizer(name)
        var generator = SeededGenerator(seed: 5)
        let words = [
            "Naïve", "e\u{301}", "  ", " \u{301}", "\r\n", "\t", "攻击", "İ", "[MASK]", "CVE-2021-44228.", "\u{AD}", "ﬁ",
            "'s",
            "\u{1100}\u{1161}", "x",
        ]
        var parts: [String] = []
        for _ in 0..<60 {
            let count = Int.random(in: 1...1500, using: &generator)
            // Cut where an ASCII character and a space meet.
            parts.append(
                " " + (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ") + "x"
            )
        }
        let whole = try tokenizer.encode(parts.joined(), addSpecialTokens: false)
        var ids: [Int32] = []
        var offsets: [Range<Int>] = []
        var start = 0
        for part in parts {
            let encoding = try tokenizer.encode(part, addSpecialTokens: false)
            ids += encoding.ids
            offsets += encoding.offsets.map { $0.lowerBound + start..<$0.upperBound + start }
            start += part.utf8.count
        }
        #expect(start > 150_000)
        #expect(whole.ids == ids)
        #expect(whole.offsets == offsets)
        let lastWord = try #require(whole.wordIDs.last ?? nil)
        #expect(Set(whole.wordIDs.compactMap(\.self)) == Set(0...lastWord))
    }

    /// More different words than the cache holds, twice.
    @Test func cacheForgetsCorrectly() throws {
        let tokenizer = try GoldenFiles.tokenizer("roberta")
        var words: [String] = []
        for index in 0..<90_000 { words.append(" w\(String(index * 7919, radix: 36))") }
        let text = words.joined()
        let first = try tokenizer.encode(text)
        #expect(try tokenizer.encode(text).ids == first.ids)
        #expect(tokenizer.decode(first.ids) == text)
    }
}
