/// Puts special tokens around the sequences. The three forms of tokenizer.json are all templates; what they do besides
/// is kept in flags.
struct PostProcessor: Sendable, Equatable {
    /// A place in a template.
    enum Piece: Sendable, Equatable {
        /// The first (0) or second (1) text.
        case sequence(Int, typeID: Int32)
        case special([SpecialToken], typeID: Int32)
    }

    struct SpecialToken: Sendable, Equatable {
        var text: String
        var id: Int32
    }

    /// Trimming of the white space that byte-level tokens include in their offsets.
    struct Trimming: Sendable, Equatable {
        /// The pre-tokenizer puts a space before the text, which the first token's offsets do not contain.
        var hasPrefixSpace: Bool
    }

    var single: [Piece] = [.sequence(0, typeID: 0)]
    var pair: [Piece] = [.sequence(0, typeID: 0), .sequence(1, typeID: 1)]
    var trimmings: [Trimming] = []
    /// The reference gives the type ids of the template only to the first window of a truncated text; the other windows
    /// have 0 and 1 by text. Its RoBERTa processor is an exception while it adds special tokens.
    var overflowFollowsTemplate = false

    /// The number of special tokens around one text, or around two.
    func specialTokenCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) { count, piece in
            if case .special(let tokens, _) = piece { count + tokens.count } else { count }
        }
    }
}
