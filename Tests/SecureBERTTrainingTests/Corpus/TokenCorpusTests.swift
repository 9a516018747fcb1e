import SecureBERTJSON
import SecureBERTTokenizers
import SecureBERTTraining
import TestSupport
import Testing

@Suite struct TokenCorpusTests {
    let folder: TemporaryFolder
    let tokenizer: DocumentTokenizer
    init() throws {
        folder = try TemporaryFolder()
        tokenizer = try DocumentTokenizer(path: Fixtures.model("modernbert-mlm-new"))
    }

    private func line(_ id: String, _ text: String, kind: String = "text", source: String = "a") -> String {
        let json: JSON = [
            "id": .string(id), "source": .string(source), "kind": .string(kind), "license": "MIT", "title": "",
            "text": .string(text),
        ]
        return json.text + "\n"
    }

    private func writeCorpus() throws {
        try folder.write(
            "corpus/train-000.jsonl",
            line("1", "The attacker moves laterally.") + "\n" + line("2", "int main() {}", kind: "code", source: "c"))
        try folder.write(
            "corpus/train-001.jsonl", line("3", "Zero days are patched late.", source: "b") + line("4", ""))
        try folder.write("corpus/valid.jsonl", line("5", "Shadow copies are deleted.", source: "b"))
    }

    @discardableResult
    private func build(threads: Int = 2) throws -> TokenCorpusSummary {
        try TokenCorpusBuilder(
            corpus: folder.file("corpus"), tokenizer: tokenizer, output: folder.file("tokens"), threads: threads
        ).run()
    }

    @Test(arguments: [1, 3]) func documentsComeBackAsTheirIDs(threads: Int) throws {
        try writeCorpus()
        let summary = try build(threads: threads)
        #expect(summary.documents == 4)
        #expect(summary.emptyDocuments == 1)
        let corpus = try TokenCorpus(folder: folder.file("tokens"))
        #expect(corpus.splits == ["train", "valid"])
        #expect(corpus.sources == ["a", "b", "c"])
        #expect(corpus.vocabularySize == tokenizer.tokenizer.idBound)
        #expect(corpus.tokenizerDigest == tokenizer.digestText)
        #expect(try corpus.documents(in: "train") == 0..<3)
        #expect(try corpus.documents(in: "valid") == 3..<4)
        let texts = [
            "The attacker moves laterally.", "int main() {}", "Zero days are patched late.",
            "Shadow copies are deleted.",
        ]
        for (document, text) in texts.enumerated() {
            let ids = try tokenizer.tokenizer.encode(text, addSpecialTokens: false).ids
            #expect(corpus.ids(of: document) == ids)
            #expect(corpus.length(of: document) == ids.count)
            #expect(corpus.byteCount(of: document) == text.utf8.count)
            var part: [Int32] = []
            corpus.appendIDs(of: document, in: 1..<3, to: &part)
            #expect(part == Array(ids[1..<3]))
        }
        #expect((0..<4).map { corpus.kind(of: $0) } == [.text, .code, .text, .text])
        #expect((0..<4).map { corpus.sources[corpus.source(of: $0)] } == ["a", "c", "b", "b"])
        #expect(corpus.tokenCount(in: "train") + corpus.tokenCount(in: "valid") == corpus.tokenCount)
    }

    @Test func compressedFilesGiveTheSameShards() throws {
        try writeCorpus()
        let plain = try build()
        for (name, program) in [("train-000.jsonl", "gzip"), ("valid.jsonl", "zstd")] {
            guard try run(program, folder.file("corpus/\(name)")) else { continue }
        }
        let packed = try build()
        #expect(packed.tokens == plain.tokens)
        #expect(packed.splits == plain.splits)
    }

    @Test func unchangedShardsAreKeptAndChangedOnesMadeAgain() throws {
        try writeCorpus()
        #expect(try build().keptShards == 0)
        #expect(try build().keptShards == 3)
        try folder.write("corpus/valid.jsonl", line("5", "Shadow copies were deleted."))
        #expect(try build().keptShards == 2)
        try folder.write("tokens/train-000.ids", [1, 2, 3])
        #expect(try build().keptShards == 2)
        _ = try TokenCorpus(folder: folder.file("tokens"))
    }

    @Test func textCannotSpellSpecialTokens() throws {
        let special = tokenizer.tokenizer.specialTokens
        let forbidden = [special.classification, special.separator, special.mask, special.padding].compactMap { $0 }
        #expect(!forbidden.isEmpty)
        let text = "before " + forbidden.map(\.text).joined(separator: " and ") + " after"
        let ids = try tokenizer.ids(of: Array(text.utf8))
        for token in forbidden { #expect(!ids.contains(token.id), "\(token.text)") }
        #expect(tokenizer.tokenizer.decode(ids, skipSpecialTokens: false).contains(forbidden[0].text))
    }

    // MARK: - Hostile files

    /// What is done to a good folder, and words of the sentence that must come of it.
    static let damages: [(name: String, file: String, words: [String], change: @Sendable ([UInt8]) -> [UInt8])] = [
        ("cut ids", "train-000.ids", ["bytes long, expected"], { Array($0.dropLast(3)) }),
        ("longer ids", "train-000.ids", ["bytes long, expected"], { $0 + [0, 0] }),
        ("empty ids", "train-000.ids", ["is not a token shard"], { _ in [] }),
        ("changed ids", "train-000.ids", ["not those the index was made for"], { $0.dropLast() + [0x7F] }),
        (
            "no shard", "train-000.ids", ["is not a token shard"],
            { _ in Array("hello, world, this is not a shard at all".utf8) + Array(repeating: 0, count: 99) }
        ),
        ("cut index", "train-000.index", ["cut short"], { Array($0.dropLast(1)) }),
        ("cut header", "train-000.index", ["is not a token shard"], { Array($0.prefix(100)) }),
        ("version", "train-000.index", ["has version 9"], { $0.replacing(8, with: 9) }),
        ("id size", "train-000.index", ["expected 2 or 4"], { $0.replacing(12, with: 3) }),
        ("documents", "train-000.index", ["contradict"], { $0.replacing(23, with: 0x7F) }),
        ("sources", "train-000.index", ["contradict"], { $0.replacing(43, with: 0x7F) }),
        ("tokenizer", "train-000.index", ["belongs to another index"], { $0.replacing(64, with: 0) }),
        (
            "version of manifest", "tokens.json", ["has version 7"],
            { text in
                Array(String(decoding: text, as: UTF8.self).replacing("\"version\": 1", with: "\"version\": 7").utf8)
            }
        ),
        (
            "manifest of another", "tokens.json", ["is not the one"],
            { text in
                Array(
                    String(decoding: text, as: UTF8.self).replacing("index_sha256\": \"", with: "index_sha256\": \"0")
                        .utf8)
            }
        ),
        (
            "manifest path", "tokens.json", ["is not a shard's name"],
            { text in
                Array(String(decoding: text, as: UTF8.self).replacing("train-000", with: "../x").utf8)
            }
        ),
        ("half a manifest", "tokens.json", ["is not valid JSON"], { Array($0.prefix(100)) }),
        ("other manifest", "tokens.json", ["is not the manifest"], { _ in Array("{}".utf8) }),
    ]

    @Test(arguments: damages.indices) func damagedFoldersAreRefusedInOneSentence(index: Int) throws {
        let damage = Self.damages[index]
        try writeCorpus()
        try build()
        let name = "tokens/\(damage.file)"
        try folder.write(name, damage.change(try folder.read(name)))
        let error = #expect(throws: (any Error).self) { try TokenCorpus(folder: folder.file("tokens")) }
        let sentence = error.map { "\($0)" } ?? ""
        // The index and the ids name each other; which of them is wrong cannot be known.
        #expect(sentence.contains(damage.file.split(separator: ".")[0]), "\(damage.name): \(sentence)")
        for words in damage.words { #expect(sentence.contains(words), "\(damage.name): \(sentence)") }
        #expect(!sentence.contains("\n"))
    }

    @Test func everyByteOfAnIndexCanBeDamagedWithoutACrash() throws {
        try writeCorpus()
        try build()
        let name = "tokens/train-000.index"
        let good = try folder.read(name)
        for position in good.indices {
            var bytes = good
            bytes[position] ^= 0x81
            try folder.write(name, bytes)
            // The number of empty documents, the bytes of text and the input's digest are only reported.
            _ = try? TokenCorpus(folder: folder.file("tokens"))
        }
    }

    @Test func missingFilesAreNamed() throws {
        let missing = #expect(throws: CorpusError.self) { try TokenCorpus(folder: folder.file("tokens")) }
        #expect(missing?.description.contains("tokens.json: does not exist") == true)
        try writeCorpus()
        try build()
        let corpus = try TokenCorpus(folder: folder.file("tokens"))
        let split = #expect(throws: CorpusError.self) { try corpus.documents(in: "test") }
        #expect(split?.description.contains("has no split \"test\", only \"train\", \"valid\"") == true)
    }

    @Test(arguments: [
        ("{\"text\": \"a\", \"kind\": \"prose\"}", "line 1: \"kind\" is \"prose\", expected \"text\" or \"code\""),
        ("{\"id\": \"x\"}", "line 1: has no \"text\""), ("[1]", "line 1: is an array"), ("{", "is not valid JSON"),
        ("{\"text\": 3}", "\"text\" is a number, expected a string"), ("", "holds no documents with text"),
        ("{\"text\": \"\"}", "holds no documents with text"),
    ])
    func badDocumentsAreRefused(line: String, words: String) throws {
        try folder.write("corpus/train.jsonl", line)
        let error = #expect(throws: CorpusError.self) { try build() }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(!folder.names(in: "tokens").contains("tokens.json"))
    }

    @Test func foldersWithoutDocumentsAreRefused() throws {
        let none = #expect(throws: CorpusError.self) { try build() }
        #expect(none?.description.contains("does not exist") == true)
        try folder.write("corpus/readme.txt", "x")
        let empty = #expect(throws: CorpusError.self) { try build() }
        #expect(empty?.description.contains("has no documents") == true)
        try folder.write("corpus/train.jsonl", line("1", "a"))
        try folder.write("corpus/train.jsonl.gz", line("1", "a"))
        let twice = #expect(throws: CorpusError.self) { try build() }
        #expect(twice?.description.contains("are the same shard") == true)
    }

    @Test func aDamagedCompressedFileIsRefused() throws {
        try folder.write("corpus/train.jsonl.gz", Array("this is no gzip".utf8))
        let error = #expect(throws: CorpusError.self) { try build() }
        #expect(error?.description.contains("train.jsonl.gz: cannot be read by gzip") == true)
    }
}

extension [UInt8] {
    fileprivate func replacing(_ position: Int, with byte: UInt8) -> [UInt8] {
        var copy = self
        copy[position] = byte
        return copy
    }
}

/// Compresses a file in place; false when the program is not installed.
private func run(_ program: String, _ file: String) throws -> Bool {
    try ChildProcess.run(program, ["-q"] + (program == "zstd" ? ["--rm"] : []) + [file])
}
