/// The tokens with a role, as far as the tokenizer has them.
public struct SpecialTokens: Sendable, Equatable {
    /// A token's text and id.
    public struct Token: Sendable, Equatable {
        /// The text, as the vocabulary spells it.
        public let text: String
        /// The vocabulary id.
        public let id: Int32
    }

    /// Stands at the start and sums the text up (`[CLS]`, `<s>`).
    public internal(set) var classification: Token?
    /// Ends a text (`[SEP]`, `</s>`).
    public internal(set) var separator: Token?
    /// Fills up (`[PAD]`, `<pad>`).
    public internal(set) var padding: Token?
    /// Is to be predicted (`[MASK]`, `<mask>`).
    public internal(set) var mask: Token?
    /// Stands for what the vocabulary cannot express (`[UNK]`, `<unk>`).
    public internal(set) var unknown: Token?
    /// Begins a sequence (`<s>`).
    public internal(set) var beginning: Token?
    /// Ends a sequence (`</s>`).
    public internal(set) var end: Token?

    /// Role, its key in the configuration files, and the spellings it is recognised by without them.
    static let roles: [(path: WritableKeyPath<SpecialTokens, Token?> & Sendable, key: String, spellings: [String])] = [
        (\.beginning, "bos_token", ["<s>", "<|startoftext|>"]),
        (\.end, "eos_token", ["</s>", "<|endoftext|>"]),
        (\.unknown, "unk_token", ["[UNK]", "<unk>"]),
        (\.separator, "sep_token", ["[SEP]", "</s>"]),
        (\.padding, "pad_token", ["[PAD]", "<pad>", "<|padding|>"]),
        (\.classification, "cls_token", ["[CLS]", "<s>"]),
        (\.mask, "mask_token", ["[MASK]", "<mask>"]),
    ]

    /// The spellings a role is recognised by.
    static func spellings(ofRole key: String) -> [String] {
        roles.filter { $0.key == key }.flatMap(\.spellings)
    }
}
