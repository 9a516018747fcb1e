import Foundation
import SecureBERTJSON
import SecureBERTTokenizers
import TestSupport
import Testing

/// Pre-tokens too long for the plain way of merging, against the plain way.
@Suite struct LongPretokenTests {
    /// Byte-pair encoding as it is defined: the pair of lowest rank, leftmost among equals, until none is left.
    static func encode(_ text: String, merges: [String: Int]) -> [String] {
        var symbols = text.map(String.init)
        while true {
            var best: (rank: Int, index: Int)?
            for index in symbols.indices.dropLast() {
                if let rank = merges[symbols[index] + " " + symbols[index + 1]], rank < best?.rank ?? .max {
                    best = (rank, index)
                }
            }
            guard let (_, index) = best else { return symbols }
            symbols[index] += symbols.remove(at: index + 1)
        }
    }

    /// - Parameter isByteLevel: whether symbols are the bytes of the text, spelled in the byte-level alphabet, or its characters.
    static func tokenizer(tokens: [String], merges: [String], isByteLevel: Bool = false) throws -> Tokenizer {
        var json: JSON = [
            "model": [
                "type": "BPE", "merges": .array(merges.map { .string($0) }),
                "vocab": .object(JSON.Object(tokens.enumerated().map { ($1, .integer($0)) })),
            ]
        ]
        if isByteLevel, case .object(var object) = json {
            object.members.append(
                ("pre_tokenizer", ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true]))
            json = .object(object)
        }
        return try Tokenizer(json: Array(json.text.utf8))
    }

    /// The characters that stand for the bytes: printable Latin-1 for itself, then U+0100 and up.
    static let byteAlphabet: [String] = {
        let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
        return (printable + Array(0x100..<0x100 + 256 - printable.count)).compactMap {
            Unicode.Scalar($0).map { String(Character($0)) }
        }
    }()

    /// Merges in random order, so that a merge often makes a pair that goes before those that are waiting.
    @Test(arguments: 0..<20, [false, true])
    func agreesWithTheDefinition(seed: Int, isByteLevel: Bool) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let alphabet = ["a", "b", "c"].prefix(1 + seed % 3).map { $0 }
        var tokens = alphabet
        var merges: [String] = []
        for _ in 0..<Int.random(in: 1...30, using: &generator) {
            guard let left = tokens.randomElement(using: &generator),
                let right = tokens.randomElement(using: &generator),
                !merges.contains(left + " " + right), left.count + right.count <= 300
            else { continue }
            merges.append(left + " " + right)
            if !tokens.contains(left + right) { tokens.append(left + right) }
        }
        merges.shuffle(using: &generator)
        if isByteLevel { tokens += Self.byteAlphabet.filter { !alphabet.contains($0) } }
        let tokenizer = try Self.tokenizer(tokens: tokens, merges: merges, isByteLevel: isByteLevel)
        let ranks = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ($1, $0) })
        for count in [65, 127, 128, 129, 255, 257, 600, 1300] {
            let text = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "a" }.joined()
            #expect(try tokenizer.encode(text).tokens == Self.encode(text, merges: ranks), "\(merges) \(text)")
        }
    }

    /// Tokens longer than a block leave whole blocks empty.
    @Test func mergesAcrossEmptyBlocks() throws {
        let tokens = (0...11).map { String(repeating: "a", count: 1 << $0) }
        let merges = tokens.dropLast().map { $0 + " " + $0 }
        let tokenizer = try Self.tokenizer(tokens: tokens, merges: merges)
        for count in [2048, 2047, 6145, 10_000] {
            let expected = stride(from: 11, through: 0, by: -1).reduce(into: [String]()) { found, power in
                while count - found.reduce(0, { $0 + $1.count }) >= 1 << power { found.append(tokens[power]) }
            }
            #expect(try tokenizer.encode(String(repeating: "a", count: count)).tokens == expected)
        }
    }

    /// More merges than sixteen bits can number.
    @Test func manyMerges() throws {
        let alphabet = (0x4E00..<0x4E00 + 300).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
        var generator = SeededGenerator(seed: 3)
        var merges = alphabet.flatMap { left in alphabet.map { left + " " + $0 } }
        merges.shuffle(using: &generator)
        let tokens = alphabet + merges.map { $0.filter { $0 != " " } }
        let tokenizer = try Self.tokenizer(tokens: tokens, merges: merges)
        let ranks = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ($1, $0) })
        let text = (0..<900).map { _ in alphabet.randomElement(using: &generator) ?? "" }.joined()
        #expect(try tokenizer.encode(text).tokens == Self.encode(text, merges: ranks))
    }

    #if os(Linux)
        /// The most memory this process has had, in bytes, as the system counts it.
        static func peakMemory() throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return try #require(Int(line.filter(\.isNumber))) * 1024
        }

        /// 16 MB of one letter in a process of its own. Kept are 4 + 2 bytes a letter while it is merged, and then 16 + 16 for
        /// each of the tokens of eight letters.
        @Test func needsFewBytesPerLetter() async {
            await #expect(processExitsWith: .success) {
                let letters = (0...3).map { String(repeating: "a", count: 1 << $0) }
                let tokenizer = try LongPretokenTests.tokenizer(
                    tokens: letters + LongPretokenTests.byteAlphabet.filter { $0 != "a" },
                    merges: letters.dropLast().map { $0 + " " + $0 }, isByteLevel: true)
                let text = String(repeating: "a", count: 16 << 20)
                let before = try LongPretokenTests.peakMemory()
                let count = try tokenizer.encode(text).count
                let grown = try LongPretokenTests.peakMemory() - before
                #expect(count == 2 << 20)
                #expect(grown <= 10 * text.utf8.count)
            }
        }
    #endif
}
