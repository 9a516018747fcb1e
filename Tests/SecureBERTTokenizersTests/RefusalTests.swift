import Foundation
import SecureBERTJSON
import SecureBERTTokenizers
import TestSupport
import Testing

/// Files that are malformed, contradictory, hostile or ask for more than is supported: refused with a sentence that
/// names the place, never loaded and never a crash.
@Suite struct RefusalTests {
    static let vocabulary = #"{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"ab":5}"#

    /// A BPE tokenizer.json with parts replaced.
    static func bytePair(
        vocabulary: String = vocabulary, merges: String = #"[["a","b"]]"#, model: String = "", _ rest: String = ""
    ) -> String {
        #"{"version":"1.0","model":{"type":"BPE","unk_token":"[UNK]","vocab":\#(vocabulary),"merges":\#(merges)\#(model)}\#(rest)}"#
    }

    static func wordPiece(vocabulary: String = vocabulary, unknown: String = "[UNK]", _ rest: String = "") -> String {
        #"{"model":{"type":"WordPiece","unk_token":"\#(unknown)","continuing_subword_prefix":"\u0023\u0023","#
            + #""max_input_chars_per_word":100,"vocab":\#(vocabulary)}\#(rest)}"#
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let json: String
        let kind: TokenizerError.Kind
        /// Words the message must contain.
        let words: [String]
        var testDescription: String { words.joined(separator: " ") }

        init(_ json: String, _ kind: TokenizerError.Kind, _ words: String...) {
            (self.json, self.kind, self.words) = (json, kind, words)
        }
    }

    static let cases: [Case] = [
        Case("", .malformed, "tokenizer.json", "end of the document"),
        Case("[]", .malformed, "expected an object, found an array"),
        Case("{}", .malformed, "\"model\" is missing"),
        Case(String(repeating: "[", count: 100_000), .malformed, "nesting"),
        Case(#"{"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}}"#, .malformed, "duplicate key"),
        Case(
            bytePair(merges: #"[["a","c"]]"#), .inconsistent, "model.merges[0]", "token \"c\"", "not in the vocabulary"),
        Case(bytePair(merges: #"[["b","a"]]"#), .inconsistent, "model.merges[0]", "\"ba\""),
        Case(bytePair(merges: #"["a b","a"]"#), .malformed, "model.merges[1]", "one space"),
        Case(bytePair(merges: #"["a b c"]"#), .malformed, "model.merges[0]"),
        Case(
            bytePair(vocabulary: #"{"[UNK]":0,"a":1,"b":2,"ab":3,"ba":4}"#, merges: #"["a b","b a","a a"]"#),
            .inconsistent,
            "model.merges[2]", "\"aa\""),
        Case(bytePair(merges: #"[["a"]]"#), .malformed, "model.merges[0]", "two tokens"),
        Case(bytePair(merges: #"[1]"#), .malformed, "model.merges[0]", "found a number"),
        Case(bytePair(merges: #"{}"#), .malformed, "model.merges", "expected an array"),
        Case(bytePair(merges: "null"), .malformed, "\"merges\" is missing"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":1,"b":1,"ab":2}"#), .inconsistent, "model.vocab", "same id 1"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":-1}"#), .inconsistent, "id -1"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":9000000000000000000}"#), .inconsistent, "outside"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":1e300}"#), .malformed, "expected a whole number"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":4194304}"#), .inconsistent, "outside 0..<4194304"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":"1"}"#), .malformed, "\"a\" is a string"),
        Case(bytePair(vocabulary: #"{"[UNK]":0,"a":1.5}"#), .malformed, "\"a\" is a number"),
        Case(bytePair(vocabulary: "{}"), .malformed, "vocabulary is empty"),
        Case(bytePair(vocabulary: "[]"), .malformed, "expected an object"),
        Case(bytePair(vocabulary: #"{"a":0,"b":1,"ab":2}"#), .inconsistent, "unknown token \"[UNK]\""),
        Case(bytePair(model: #","byte_fallback":true,"end_of_word_suffix":"</w>""#), .unsupported, "byte_fallback"),
        Case(bytePair(model: #","fuse_unk":1"#), .malformed, "model.fuse_unk", "true or false"),
        Case(wordPiece(unknown: "<none>"), .inconsistent, "unknown token \"<none>\""),
        Case(
            #"{"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0}}}"#, .malformed,
            "continuing_subword_prefix"),
        Case(#"{"model":{"type":"Unigram","vocab":[["a",-1.5]]}}"#, .unsupported, "model \"Unigram\""),
        Case(#"{"model":{"type":"WordLevel","vocab":{"a":0}}}"#, .unsupported, "model \"WordLevel\""),
        Case(#"{"model":{"vocab":{"a":0}}}"#, .malformed, "\"type\" is missing"),
        Case(#"{"version":"2.0","model":{}}"#, .unsupported, "version \"2.0\""),
        Case(
            wordPiece(#","normalizer":{"type":"Precompiled","precompiled_charsmap":""}"#), .unsupported,
            "\"Precompiled\""),
        Case(wordPiece(#","normalizer":{"type":"Nmt"}"#), .unsupported, "normalizer \"Nmt\""),
        Case(
            wordPiece(#","normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"X"}]}"#), .unsupported,
            "normalizers[1]"),
        Case(
            wordPiece(#","normalizer":{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}"#), .unsupported,
            " {2,}"),
        Case(
            wordPiece(#","normalizer":{"type":"Replace","pattern":{"String":""},"content":" "}"#), .unsupported, "empty"
        ),
        Case(wordPiece(#","normalizer":{"type":"Prepend","prepend":""}"#), .unsupported, "empty"),
        Case(wordPiece(#","normalizer":{"type":"BertNormalizer","clean_text":true}"#), .malformed, "lowercase"),
        Case(
            wordPiece(#","pre_tokenizer":{"type":"Metaspace","replacement":"_"}"#), .unsupported,
            "pre-tokenizer \"Metaspace\""),
        Case(
            wordPiece(
                #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false}"#),
            .unsupported, "(a+)+$"),
        Case(
            wordPiece(#","pre_tokenizer":{"type":"Split","pattern":{"String":"-"},"behavior":"Odd","invert":false}"#),
            .malformed, "\"Odd\""),
        Case(wordPiece(#","decoder":{"type":"CTC"}"#), .unsupported, "decoder \"CTC\""),
        Case(wordPiece(#","decoder":{"type":"Strip","content":"ab","start":1,"stop":0}"#), .malformed, "one character"),
        Case(wordPiece(#","post_processor":{"type":"Other"}"#), .unsupported, "post-processor \"Other\""),
        Case(
            wordPiece(#","post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[NONE]",1]}"#),
            .inconsistent, "\"[NONE]\"", "post_processor.cls"),
        Case(
            wordPiece(#","post_processor":{"type":"BertProcessing","sep":["[SEP]",9],"cls":["[CLS]",1]}"#),
            .inconsistent, "id 9 here and 2"),
        Case(
            wordPiece(#","post_processor":{"type":"BertProcessing","sep":["[SEP]",-2],"cls":["[CLS]",1]}"#), .malformed,
            "-2 is outside"),
        Case(
            wordPiece(
                #","post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}"#
            ), .inconsistent, "\"[X]\" is not listed"),
        Case(
            wordPiece(
                #","post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}"#
            ), .malformed, "sequence B"),
        Case(
            wordPiece(
                #","post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}"#
            ), .unsupported, "leaves out"),
        Case(
            wordPiece(
                #","post_processor":{"type":"Sequence","processors":[{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}]}"#
            ), .unsupported, "last one"),
        Case(
            wordPiece(#","added_tokens":[{"id":9,"content":"new","special":true,"normalized":false}]"#), .inconsistent,
            "added_tokens[0].id", "make it 6"),
        Case(
            wordPiece(
                #","added_tokens":[{"id":6,"content":"n"},{"id":7,"content":"N"}],"normalizer":{"type":"Lowercase"}"#),
            .inconsistent, "both looked for"),
        Case(
            wordPiece(
                #","added_tokens":[{"id":6,"content":"  "}],"normalizer":{"type":"Strip","strip_left":true,"strip_right":true}"#
            ), .inconsistent, "leaves nothing"),
        Case(wordPiece(#","added_tokens":{"id":6}"#), .malformed, "added_tokens", "expected an array"),
        Case(
            wordPiece(#","truncation":{"max_length":-1,"strategy":"LongestFirst","stride":0}"#), .malformed,
            "truncation.max_length"),
        Case(wordPiece(#","truncation":{"max_length":5,"strategy":"Some","stride":0}"#), .malformed, "\"Some\""),
        Case(
            wordPiece(
                #","padding":{"strategy":{"Fixed":99999999999},"direction":"Right","pad_id":0,"pad_type_id":0,"pad_token":"p"}"#
            ), .malformed, "padding.strategy.Fixed"),
    ]

    @Test(arguments: cases)
    func refuses(_ given: Case) throws {
        let error = try #require(throws: TokenizerError.self) { try Tokenizer(json: Array(given.json.utf8)) }
        #expect(error.kind == given.kind, "\(error)")
        for word in given.words { #expect(error.description.contains(word), "\(error)") }
    }

    /// Ids need not follow each other; the gaps are no tokens.
    @Test func acceptsHoles() throws {
        let json = Self.bytePair(vocabulary: #"{"[UNK]":0,"a":7,"b":9,"ab":4194303}"#)
        let tokenizer = try Tokenizer(json: Array(json.utf8))
        #expect(tokenizer.vocabularySize == 4)
        #expect(tokenizer.idBound == 4_194_304)
        #expect(tokenizer.token(8) == nil)
        #expect(tokenizer.token(-1) == nil)
        #expect(tokenizer.token(.max) == nil)
        #expect(try tokenizer.encode("abc").ids == [4_194_303, 0])
        #expect(tokenizer.decode([7, 8, -5, .max, 9]) == "a b")
    }

    /// Two thousand damaged copies of each family's file: every one loads or is refused, and what loads tokenizes.
    @Test(arguments: ["bert", "modernbert", "byte-level-sequence-post", "bpe-byte-fallback"])
    func survivesDamage(name: String) throws {
        let intact = try GoldenFiles.tokenizerJSON(try GoldenFiles.json("cases/\(name).json"))
        var generator = SeededGenerator(seed: 20_260_101)
        for round in 0..<500 {
            var bytes = intact
            switch round % 4 {
            case 0: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
            case 1:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            case 2:
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...40, using: &generator)))
            default:
                // Digits for digits, so that the file stays JSON and its numbers lie.
                let digits = bytes.indices.filter { bytes[$0] >= 0x30 && bytes[$0] <= 0x39 }
                for _ in 0..<3 {
                    if let index = digits.randomElement(using: &generator) {
                        bytes[index] = UInt8.random(in: 0x31...0x39, using: &generator)
                    }
                }
            }
            guard let tokenizer = try? Tokenizer(json: bytes) else { continue }
            let encoding = try tokenizer.encode("The attackers exploited [MASK] é 攻 \u{301} tok", pair: "  x")
            _ = tokenizer.decode(encoding.ids)
            #expect(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.idBound })
        }
    }

    @Test func refusesFolders() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "securebert-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ name: String, _ content: String) throws {
            try Data(content.utf8).write(to: URL(filePath: folder).appending(path: name))
        }
        func expectRefusal(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
            let error = try #require(throws: TokenizerError.self, sourceLocation: sourceLocation) {
                try Tokenizer(folder: folder)
            }
            for word in words {
                #expect(error.description.contains(word), "\(error)", sourceLocation: sourceLocation)
            }
        }
        try expectRefusal("no tokenizer here")
        try write("vocab.json", #"{"<s>":0,"</s>":1,"a":2,"b":3,"ab":4}"#)
        try expectRefusal("merges.txt", "missing")
        try write("merges.txt", "#version: 0.2\na b\na c\n")
        try expectRefusal("merges.txt", "line 3", "\"c\"")
        try write("merges.txt", "#version: 0.2\na b\n\na b\n")
        try expectRefusal("merges.txt", "line 3", "one space")
        try write("merges.txt", "#version: 0.2\r\na b\r\n\r\n")
        #expect(try Tokenizer(folder: folder).encode("ab").ids == [0, 4, 1])
        try write("tokenizer_config.json", #"{"tokenizer_class":"BertTokenizer"}"#)
        try expectRefusal("vocab.json", "names a BERT tokenizer")
        try write("tokenizer_config.json", #"{"split_special_tokens":true}"#)
        try expectRefusal("split_special_tokens")
        try write("tokenizer_config.json", "not JSON")
        try expectRefusal("tokenizer_config.json", "line 1")
        try write("tokenizer_config.json", #"{"added_tokens_decoder":{"77":{"content":"<ioc>"}}}"#)
        try expectRefusal("<ioc>", "given id 77")
        try FileManager.default.removeItem(atPath: folder + "/tokenizer_config.json")
        try FileManager.default.createDirectory(atPath: folder + "/tokenizer.json", withIntermediateDirectories: false)
        try expectRefusal("tokenizer.json", "regular file")
    }
}
