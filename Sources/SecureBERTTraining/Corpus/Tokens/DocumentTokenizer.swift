import Crypto
import SecureBERTCheckpoint
import SecureBERTTokenizers

/// A tokenizer with the digest of its file: token shards belong to exactly one.
public struct DocumentTokenizer: Sendable {
    /// The tokenizer.
    public let tokenizer: Tokenizer
    /// The path it was read from.
    public let path: String
    /// SHA-256 of the file, 32 bytes.
    let digest: [UInt8]
    /// Ids of tokens with a role, which a text must not contain, by id.
    private let roles: [Int32: [UInt8]]

    /// Reads a tokenizer.json, or the tokenizer of a model folder.
    /// - Throws: `TokenizerError` or `CheckpointError` when it cannot be read.
    public init(path: String) throws {
        let isFolder = FileSystem.kind(of: path) == .folder
        let names = ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt"]
        let files = isFolder ? names.map { FileSystem.join(path, $0) } : [path]
        var digest = SHA256()
        var first: [UInt8] = []
        for file in files where FileSystem.kind(of: file) != nil || !isFolder {
            first = try FileSystem.read(file, limit: FileBytes.maximumSize)
            digest.update(data: first)
            // The other files matter only where there is no tokenizer.json.
            if file.hasSuffix("tokenizer.json") { break }
        }
        tokenizer = try isFolder ? Tokenizer(folder: path) : Tokenizer(json: first, file: path)
        self.path = path
        self.digest = Array(digest.finalize())
        let special = tokenizer.specialTokens
        let tokens = [
            special.classification, special.separator, special.padding, special.mask, special.unknown,
            special.beginning, special.end,
        ]
        roles = Dictionary(tokens.compactMap { $0 }.map { ($0.id, Array($0.text.utf8)) }) { first, _ in first }
    }

    /// SHA-256 of the file in hexadecimal.
    public var digestText: String { digest.hex }

    /// The ids of a document's text, without special tokens: where a text spells one, such as `[MASK]`, the spelling is
    /// tokenized in two parts, so that a document cannot end another or hide an answer.
    /// - Parameter text: UTF-8; what is not valid is read as U+FFFD.
    /// - Throws: `TokenizerError` for a text above `Tokenizer.maximumTextLength`.
    public func ids(of text: some Collection<UInt8>) throws(TokenizerError) -> [Int32] {
        let encoding = try tokenizer.encode(String(decoding: text, as: UTF8.self), addSpecialTokens: false)
        guard encoding.ids.contains(where: { isForbidden($0) }) else { return encoding.ids }
        for (id, range) in zip(encoding.ids, encoding.offsets) where isForbidden(id) {
            guard let spelling = roles[id], let start = Self.find(spelling, in: text, at: range) else { continue }
            // Behind the first byte: spellings of special tokens begin with an ASCII character.
            let cut = text.index(text.startIndex, offsetBy: start + 1)
            return try ids(of: text[..<cut]) + ids(of: text[cut...])
        }
        return encoding.ids
    }

    /// The unknown token is no spelling but the lack of one.
    private func isForbidden(_ id: Int32) -> Bool { roles[id] != nil }

    private static func find(_ spelling: [UInt8], in text: some Collection<UInt8>, at range: Range<Int>) -> Int? {
        guard spelling.count > 1, range.count >= spelling.count else { return nil }
        let start = text.index(text.startIndex, offsetBy: range.lowerBound)
        let slice = text[start..<text.index(start, offsetBy: range.count)]
        for offset in 0...(range.count - spelling.count) where slice.dropFirst(offset).starts(with: spelling) {
            return range.lowerBound + offset
        }
        return nil
    }
}
