import SecureBERTJSON
import SecureBERTTokenizers
import Testing

/// What the reference library made of the same texts with the same tokenizer.json.
@Suite struct GoldenTests {
    @Test(arguments: GoldenFiles.names(in: "cases"))
    func agreesWithTheReference(file: String) throws {
        let json = try GoldenFiles.json("cases/" + file)
        let tokenizer = try Tokenizer(json: try GoldenFiles.tokenizerJSON(json), file: file)
        let texts = try GoldenFiles.texts()
        for golden in try #require(json["cases"]?.arrayValue) {
            let isBare = golden["bare"]?.boolValue ?? false
            func text(_ key: String) -> String? { golden[key]?.integerValue.map { texts.texts[$0] } }
            func words(_ key: String) -> [String]? { golden[key]?.integerValue.map { texts.words[$0] } }
            let label =
                "\(file): "
                + ["text", "pair", "list", "listPair", "window", "bare"].compactMap { key in
                    golden[key].map { "\(key) \($0)" }
                }.joined(separator: ", ")
            if let window = golden["window"]?.arrayValue {
                let windows = try tokenizer.encodeWindows(
                    try #require(text("text")), pair: text("pair"), addSpecialTokens: !isBare,
                    truncation: try truncation(window))
                #expect(windows.count == golden["count"]?.integerValue, "count of \(label)")
                for (encoding, golden) in zip(windows, try #require(golden["windows"]?.arrayValue)) {
                    try expectEqual(encoding, golden, label)
                }
                continue
            }
            let encoding =
                if let list = words("list") {
                    try tokenizer.encode(words: list, pair: words("listPair"), addSpecialTokens: !isBare)
                } else {
                    try tokenizer.encode(try #require(text("text")), pair: text("pair"), addSpecialTokens: !isBare)
                }
            try expectEqual(encoding, golden, label)
            if let decoded = golden["decoded"]?.stringValue, let all = golden["all"]?.stringValue {
                #expect(Array(tokenizer.decode(encoding.ids).utf8) == Array(decoded.utf8), "decoded \(label)")
                let ours = tokenizer.decode(encoding.ids, skipSpecialTokens: false)
                #expect(Array(ours.utf8) == Array(all.utf8), "decoded in full \(label)")
            }
        }
    }

    private func truncation(_ values: [JSON]) throws -> Truncation {
        let strategies: [String: Truncation.Strategy] = [
            "longest_first": .longestFirst, "only_first": .onlyFirst, "only_second": .onlySecond,
        ]
        return Truncation(
            maximumLength: try #require(values[0].integerValue),
            strategy: try #require(strategies[values[2].stringValue ?? ""]),
            direction: values[3].stringValue == "left" ? .left : .right, stride: try #require(values[1].integerValue))
    }

    /// Texts of 100,000 characters that are hard to split or to merge.
    @Test func agreesOnLongTexts() throws {
        let json = try GoldenFiles.json("long.json")
        let sentences = try #require(json["sentences"]?.stringValue)
        var texts = [
            "repeated letter": String(repeating: "a", count: 100_000),
            "spaces": String(repeating: " ", count: 100_000),
            "line breaks": String(repeating: "\n ", count: 50_000),
            "hexadecimal": String(repeating: "deadbeef00", count: 10_000),
            "sentences": String(repeating: sentences, count: 100),
            "marks": String(repeating: "e\u{301}\u{316}", count: 33_333),
        ]
        let letters = Array("abcdefghijklmnopqrstuvwxyzéß攻🔥 ".unicodeScalars)
        var state: UInt64 = 1
        var random = String.UnicodeScalarView()
        for _ in 0..<100_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            random.append(letters[Int((state >> 33) % 31)])
        }
        texts["random"] = String(random)
        var tokenizers: [String: Tokenizer] = [:]
        for golden in try #require(json["cases"]?.arrayValue) {
            let name = try #require(golden["tokenizer"]?.stringValue)
            let kind = try #require(golden["kind"]?.stringValue)
            let tokenizer = try tokenizers[name] ?? GoldenFiles.tokenizer(name)
            tokenizers[name] = tokenizer
            let encoding = try tokenizer.encode(try #require(texts[kind]))
            #expect(encoding.count == golden["count"]?.integerValue, "\(name), \(kind)")
            #expect(hash(encoding.ids.map(Int.init)) == golden["ids"]?.stringValue, "\(name), \(kind)")
            let offsets = encoding.offsets(in: .unicodeScalars).flatMap { [$0.lowerBound, $0.upperBound] }
            #expect(hash(offsets) == golden["offsets"]?.stringValue, "\(name), \(kind)")
        }
    }

    /// 64-bit FNV-1a over little-endian 32-bit values.
    private func hash(_ values: [Int]) -> String {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in values {
            for shift in stride(from: 0, to: 32, by: 8) {
                state = (state ^ UInt64(truncatingIfNeeded: value >> shift) & 0xFF) &* 0x100_0000_01B3
            }
        }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Folders with the files of old checkpoints.
    @Test(arguments: GoldenFiles.names(in: "folders"))
    func readsFolders(name: String) throws {
        let golden = try GoldenFiles.json("folders/\(name)/golden.json")
        let tokenizer = try Tokenizer(folder: GoldenFiles.root + "/folders/" + name)
        let texts = try GoldenFiles.texts().texts
        for record in try #require(golden["cases"]?.arrayValue) {
            let encoding = try tokenizer.encode(
                texts[try #require(record["text"]?.integerValue)], pair: record["pair"]?.integerValue.map { texts[$0] })
            try expectEqual(encoding, record, "\(name), text \(record["text"]?.integerValue ?? -1)")
        }
        #expect(tokenizer.vocabularySize == golden["size"]?.integerValue)
        let special = tokenizer.specialTokens
        for (key, value) in try #require(golden["roles"]?.objectValue).members {
            let token: SpecialTokens.Token? =
                switch key {
                case "bos_token": special.beginning
                case "eos_token": special.end
                case "unk_token": special.unknown
                case "sep_token": special.separator
                case "pad_token": special.padding
                case "cls_token": special.classification
                case "mask_token": special.mask
                default: nil
                }
            #expect(token?.text == value.arrayValue?[0].stringValue, "\(key) of \(name)")
            #expect(token.map { Int($0.id) } == value.arrayValue?[1].integerValue, "\(key) of \(name)")
        }
    }
}
