import SecureBERTTensor

/// Token sequences of any lengths, concatenated: no padding and no attention mask exist anywhere in the models.
public struct TokenBatch: Sendable {
    /// Token ids of all sequences, one after the other: `[tokens]`.
    public let ids: [Int32]
    /// Token type (segment) ids `[tokens]`; nil means all zero. Only BERT looks at them.
    public let typeIDs: [Int32]?
    /// Where each sequence lies among the tokens.
    public let sequences: SequenceLayout

    /// A batch of sequences in the given order.
    /// - Parameters:
    ///   - sequences: Token ids of each sequence; a sequence may be empty.
    ///   - typeIDs: Token types of each sequence, of the same lengths; nil for all zero.
    /// - Throws: `TensorError` when the lengths of `typeIDs` differ from those of `sequences`.
    public init(_ sequences: [[Int32]], typeIDs: [[Int32]]? = nil) throws(TensorError) {
        if let typeIDs {
            let lengths = sequences.map(\.count)
            let typeLengths = typeIDs.map(\.count)
            guard lengths == typeLengths else {
                throw TensorError(
                    .shapeMismatch, operation: "batch", expected: "token types of lengths \(lengths)",
                    found: "\(typeLengths)")
            }
        }
        ids = Array(sequences.joined())
        self.typeIDs = typeIDs.map { Array($0.joined()) }
        self.sequences = SequenceLayout(lengths: sequences.map(\.count))
    }

    /// The number of tokens of all sequences.
    public var tokens: Int { ids.count }
}
