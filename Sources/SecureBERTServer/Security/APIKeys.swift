import Crypto
import SecureBERTCheckpoint
import Synchronization

/// The keys that clients have to show: only their SHA-256 is known, so whoever reads the file cannot use them. Keys are random, made by
/// `securebert serve --new-key`, which is why a fast hash is enough.
package struct APIKeys: Sendable {
    /// A line of the file.
    struct Key: Sendable {
        let name: String
        let digest: [UInt8]
        let limiter: RateLimiter
    }

    private let keys: [Key]

    /// A problem of the file, as one sentence.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// Reads a file: one key a line as `NAME SHA256 [per-minute=N] [concurrent=N]`; lines that are empty or begin with # are left out.
    /// - Throws: ``Problem``; `CheckpointError` when it cannot be read.
    package init(path: String) throws {
        try self.init(text: String(decoding: FileSystem.read(path, limit: 1 << 20), as: UTF8.self), path: path)
    }

    package init(text: String, path: String) throws(Problem) {
        var keys: [Key] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            func problem(_ text: String) -> Problem { Problem(description: "\(path), line \(index + 1): \(text)") }
            guard words.count >= 2, let digest = Self.bytes(hexadecimal: words[1]) else {
                throw problem(
                    "expected NAME and 64 hexadecimal digits of a SHA-256; securebert serve --new-key NAME prints such a line"
                )
            }
            guard !keys.contains(where: { $0.name == first }) else { throw problem("the name \(first) occurs twice") }
            var limits = RateLimiter.Limits()
            for word in words.dropFirst(2) {
                let parts = word.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, let number = Int(parts[1]), (1...1_000_000).contains(number) else {
                    throw problem("\(word) is no limit, expected per-minute=N or concurrent=N")
                }
                switch parts[0] {
                case "per-minute": limits.perMinute = number
                case "concurrent": limits.concurrent = number
                default: throw problem("\(word) is no limit, expected per-minute=N or concurrent=N")
                }
            }
            keys.append(Key(name: first, digest: digest, limiter: RateLimiter(limits)))
        }
        guard !keys.isEmpty else {
            throw Problem(
                description:
                    "\(path): has no keys, so nobody could use the server; securebert serve --new-key NAME prints a line"
            )
        }
        self.keys = keys
    }

    /// The name of the key that a client shows; nil when it is none of them.
    package func name(ofKey shown: String) -> String? { key(shown)?.name }

    /// The key that a client shows; nil when it is none of them. Takes the same time whatever the key is, and whether it is there or not.
    func key(_ shown: String) -> Key? {
        let digest = Array(SHA256.hash(data: Array(shown.utf8)))
        var found: Key?
        for key in keys {
            var difference: UInt8 = 0
            for (own, other) in zip(key.digest, digest) { difference |= own ^ other }
            if difference == 0 { found = key }
        }
        return found
    }

    /// A new random key and the line for the file.
    package static func make(name: String) -> (key: String, line: String) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let key = "sb_" + hexadecimal(bytes)
        return (key, "\(name) \(hexadecimal(Array(SHA256.hash(data: Array(key.utf8)))))")
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
