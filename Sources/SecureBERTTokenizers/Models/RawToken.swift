/// A token as the models emit it: its id, its range in the original text and the pre-token (word) it belongs to.
struct RawToken {
    var id: Int32
    var start: UInt32
    var end: UInt32
    var word: UInt32
}

/// Tokens of one text in order, before special tokens are added.
struct RawTokens {
    var tokens: ContiguousArray<RawToken> = []
    /// Number of pre-tokens so far.
    var wordCount: UInt32 = 0
    /// Text of added tokens whose spelling in the input differs from the vocabulary's (spaces taken along, other case):
    /// index in `tokens` and text, ascending.
    var spellings: [(index: Int, text: String)] = []
}
