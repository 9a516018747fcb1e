/// The tokenizer files a model folder has; nil for those it lacks.
public struct TokenizerFiles: Sendable, Hashable {
    /// `tokenizer.json`: the whole tokenizer in one file.
    public let tokenizer: String?
    /// `tokenizer_config.json`: class, special tokens, greatest length.
    public let configuration: String?
    /// `special_tokens_map.json`
    public let specialTokensMap: String?
    /// `added_tokens.json`
    public let addedTokens: String?
    /// `vocab.json` of a byte-level BPE.
    public let vocabulary: String?
    /// `merges.txt` of a byte-level BPE.
    public let merges: String?
    /// `vocab.txt` of a WordPiece model.
    public let wordPieces: String?

    /// Looks for the files in a folder.
    public init(folder: String) {
        func find(_ name: String) -> String? {
            let path = FileSystem.join(folder, name)
            return FileSystem.kind(of: path) == nil ? nil : path
        }
        tokenizer = find("tokenizer.json")
        configuration = find("tokenizer_config.json")
        specialTokensMap = find("special_tokens_map.json")
        addedTokens = find("added_tokens.json")
        vocabulary = find("vocab.json")
        merges = find("merges.txt")
        wordPieces = find("vocab.txt")
    }

    /// What the files describe, for people: "tokenizer.json", "BPE (vocab.json, merges.txt)"; nil when there is no
    /// tokenizer.
    public var kind: String? {
        if tokenizer != nil { return "tokenizer.json" }
        if vocabulary != nil, merges != nil { return "BPE (vocab.json, merges.txt)" }
        return wordPieces == nil ? nil : "WordPiece (vocab.txt)"
    }
}
