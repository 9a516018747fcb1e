import SecureBERTTokenizers
import SecureBERTTraining
import Synchronization
import TestSupport
import Testing

/// Texts from files, on several threads.
@Suite struct TextFilesTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func texts(_ paths: [String], threads: Int = 2, field: String = "text") throws -> [String] {
        let reader = try TextFiles(paths: paths, field: field)
        return try reader.reduce(threads: threads, initial: [String]()) { $0.append($1.string) }.flatMap { $0 }.sorted()
    }

    private func complaint(_ paths: [String]) -> String? {
        do {
            _ = try texts(paths)
            return nil
        } catch { return "\(error)" }
    }

    @Test func readsJSONLinesAndTextFromFoldersInOrder() throws {
        try folder.write(
            "b.jsonl", "{\"text\": \"one\", \"kind\": \"code\"}\n\n{\"kind\": 1, \"text\": \"two\\n\"}\r\n")
        try folder.write("a/c.txt", "three")
        try folder.write("a/ignored.bin", "no")
        try folder.write(".hidden.txt", "no")
        let reader = try TextFiles(paths: [folder.path])
        #expect(reader.files == [folder.file("a/c.txt"), folder.file("b.jsonl")])
        var found: [String] = []
        try reader.forEach { found.append("\($0.string)|\($0.property("kind") ?? "-")") }
        #expect(found == ["three|-", "one|code", "two\n|-"])
        #expect(try texts([folder.file("b.jsonl")], threads: 5) == ["one", "two\n"])
        #expect(try texts([folder.write("d.jsonl", #"{"body": "four"}"#)], field: "body") == ["four"])
    }

    /// However small the chunks, what is counted in them is what is counted in the whole text.
    @Test(arguments: 0..<30) func cutsTextWhereNoWordReachesAcross(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let pieces = [
            "word", " ", "\n", "\n\n", "  ", "\t", "e\u{301}", "é", "12", "'s", ".", "\r\n", "攻", "a\nb", "}\n{",
        ]
        let text = (0..<400).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        let path = try folder.write("text.txt", text)
        var chunks = DocumentChunks(files: [path], chunkSize: 16)
        var (joined, parts) = ([UInt8](), [PretokenCounts()])
        let splitting = TextSplitting(composes: true, splitsDigits: seed % 2 == 0)
        while let chunk = try chunks.next() {
            joined += chunk.bytes
            try chunk.forEachText(field: "text") { try splitting.count($0.text, into: &parts[0]) }
        }
        #expect(joined == Array(text.utf8))
        var whole = PretokenCounts()
        var copy = text
        try copy.withUTF8 { try splitting.count($0, into: &whole) }
        let describe = { (counts: PretokenCounts) in
            counts.sorted().map { "\(String(decoding: $0.bytes, as: UTF8.self)): \($0.count)" }
        }
        #expect(describe(parts[0]) == describe(whole))
    }

    @Test func complaintsSayWhere() throws {
        #expect(complaint([folder.file("none.txt")])?.contains("no such file") == true)
        #expect(complaint([folder.path])?.contains("has no documents") == true)
        let bad = try folder.write("bad.jsonl", "{\"text\": \"a\"}\n{\"text\": 1}\n")
        #expect(
            complaint([bad])?.hasSuffix("bad.jsonl: line 2: expected a string under \"text\", found a number") == true)
        let broken = try folder.write("broken.jsonl", "{\"text\": \"a\"\n")
        #expect(complaint([broken])?.contains("line 1: is not valid JSON") == true)
        let bytes = try folder.write("bytes.txt", Array("ok\nfine \n".utf8) + [0xFF, 0x41])
        #expect(complaint([bytes])?.contains("line 3: is not valid UTF-8") == true)
        let zst = try folder.write("half.jsonl.zst", Array("not compressed".utf8))
        #expect(complaint([zst]) != nil)
    }

    /// Of several mistakes the first one is reported, whichever thread finds which.
    @Test func theFirstMistakeCounts() throws {
        let lines = (0..<200_000).map { $0 % 1000 == 777 ? "{}" : "{\"text\": \"t\($0)\"}" }
        let path = try folder.write("many.jsonl", lines.joined(separator: "\n"))
        #expect(complaint([path])?.contains("line 778:") == true)
    }
}
