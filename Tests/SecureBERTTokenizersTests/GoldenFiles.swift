import Foundation
import SecureBERTJSON
import SecureBERTTokenizers
import Testing

/// The files of Fixtures/tokenizers, made by Scripts/fixtures/make_tokenizers.py.
enum GoldenFiles {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/tokenizers").standardized.path

    static func json(_ name: String) throws -> JSON {
        try JSON.parse(try #require(try FileBytes.read(root + "/" + name), "missing \(name)"))
    }

    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []).sorted()
    }

    struct Texts {
        let texts: [String]
        let words: [[String]]
    }

    static func texts() throws -> Texts {
        let json = try json("texts.json")
        return Texts(
            texts: try #require(json["texts"]?.arrayValue).compactMap(\.stringValue),
            words: try #require(json["words"]?.arrayValue).map { ($0.arrayValue ?? []).compactMap(\.stringValue) })
    }

    /// The tokenizer.json of a case file, with the model put in its place.
    static func tokenizerJSON(_ file: JSON) throws -> [UInt8] {
        var root = try #require(file["tokenizer"]?.objectValue)
        let use = try #require(file["tokenizer"]?["model"]?["use"]?.stringValue)
        var model = try #require(try json("models/\(use).json").objectValue)
        for (key, value) in file["tokenizer"]?["model"]?["set"]?.objectValue?.members ?? [] {
            model.members.removeAll { $0.key == key }
            model.members.append((key, value))
        }
        root.members.removeAll { $0.key == "model" }
        root.members.append(("model", .object(model)))
        var bytes: [UInt8] = []
        JSON.object(root).write(into: &bytes)
        return bytes
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: try tokenizerJSON(try json("cases/\(name).json")))
    }
}

/// Compares an encoding with its golden record and says what differs first.
func expectEqual(_ encoding: Encoding, _ golden: JSON, _ label: String) throws {
    func integers(_ key: String) throws -> [Int] {
        try #require(golden[key]?.arrayValue, "\(label) lacks \(key)").map { $0.integerValue ?? .min }
    }
    func digits(_ values: [Int?]) -> String { values.map { $0.map(String.init) ?? "-" }.joined() }
    #expect(encoding.ids.map(Int.init) == (try integers("ids")), "ids of \(label)")
    let offsets = encoding.offsets(in: .unicodeScalars).flatMap { [$0.lowerBound, $0.upperBound] }
    #expect(offsets == (try integers("offsets")), "offsets of \(label)")
    #expect(encoding.wordIDs.map { $0 ?? -1 } == (try integers("words")), "words of \(label)")
    if let tokens = golden["tokens"]?.arrayValue {
        #expect(
            encoding.tokens.map { Array($0.utf8) } == tokens.map { Array(($0.stringValue ?? "").utf8) },
            "tokens of \(label)")
    }
    #expect(digits(encoding.typeIDs.map(Int.init)) == golden["types"]?.stringValue, "types of \(label)")
    #expect(
        digits(encoding.specialTokensMask.map { $0 ? 1 : 0 }) == golden["special"]?.stringValue, "special of \(label)")
    #expect(digits(encoding.sequenceIDs) == golden["sequences"]?.stringValue, "sequences of \(label)")
}
