/// A tokenized text, or a pair of texts, with the place of every token in the text.
///
/// Every array below has one element per token.
public struct Encoding: Sendable {
    /// Vocabulary ids, special tokens included.
    public let ids: [Int32]
    /// Whether tokens were left out to respect a maximum length (other windows may hold them).
    public let isTruncated: Bool

    /// Range in the original text and pre-token of each token. Special tokens have empty ranges and `noWord`.
    let spans: [Span]
    /// Consecutive parts that cover all tokens.
    let parts: [Part]
    let sources: [TextSource]
    let core: TokenizerCore
    /// Tokens spelled differently from the vocabulary: index and text, ascending.
    let spellings: [(index: Int, text: String)]

    struct Span: Sendable {
        var start: UInt32
        var end: UInt32
        var word: UInt32
    }

    /// Tokens that share their origin.
    struct Part: Sendable {
        enum Kind: Sendable, Equatable {
            /// Tokens of the first (0) or second (1) text.
            case sequence(Int)
            case special
            case padding
        }

        var kind: Kind
        var range: Range<Int>
        var typeID: Int32
    }

    static let noWord = UInt32.max

    /// Number of tokens.
    public var count: Int { ids.count }

    /// 0 for tokens of the first segment and 1 for tokens of the second, as the model's segment embedding wants them.
    public var typeIDs: [Int32] { expand { $0.typeID } }

    /// Whether each token was put there by the tokenizer (`[CLS]`, `[SEP]`, padding) rather than found in the text.
    public var specialTokensMask: [Bool] {
        expand { part in
            if case .sequence = part.kind { false } else { true }
        }
    }

    /// Whether each token is to be attended to; false for padding only.
    public var attentionMask: [Bool] { expand { $0.kind != .padding } }

    /// The text each token comes from, 0 or 1; nil for tokens the tokenizer put there.
    public var sequenceIDs: [Int?] {
        expand { part in
            if case .sequence(let index) = part.kind { index } else { nil }
        }
    }

    /// The word each token belongs to: the index among the words given to `encode(words:)`, otherwise among the pieces
    /// the text was split into. Counted per text; nil for tokens the tokenizer put there.
    public var wordIDs: [Int?] { spans.map { $0.word == Self.noWord ? nil : Int($0.word) } }

    /// Ranges in the original text (of its word, after `encode(words:)`) as UTF-8 byte offsets; empty at 0 for tokens
    /// the tokenizer put there. White space that a token includes is left out where the tokenizer says so.
    public var offsets: [Range<Int>] { spans.map { Int($0.start)..<Int($0.end) } }

    /// The tokens as text, spelled as the reference prints them.
    public var tokens: [String] {
        var result = ids.map { core.shownToken(Int($0)) }
        for spelling in spellings { result[spelling.index] = spelling.text }
        return result
    }

    private func expand<Element>(_ value: (Part) -> Element) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(count)
        for part in parts { result.append(contentsOf: repeatElement(value(part), count: part.range.count)) }
        return result
    }
}

/// The text an encoding refers to.
enum TextSource: Sendable {
    case text(String)
    case words([String])
}
