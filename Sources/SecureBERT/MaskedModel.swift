import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// A masked language model that is asked about tokens of its input: tokenizer, encoder and head, and what surrounds a text.
public struct MaskedModel: Sendable {
    /// What messages and tables call it.
    public let name: String
    /// The tokenizer.
    public let tokenizer: Tokenizer
    package let maskID: Int32
    /// The most tokens between the special tokens around a text.
    package let capacity: Int
    private let encoder: any Encoder
    private let head: MaskedLanguageModelHead
    private let compute: Compute
    private let prefix: [Int32]
    private let suffix: [Int32]

    /// A sequence with masks.
    package struct Sequence: Sendable {
        /// Token ids without the special tokens around.
        package var ids: [Int32]
        /// Indices of the masks among them, ascending.
        package var masks: [Int]

        package init(ids: [Int32], masks: [Int]) { (self.ids, self.masks) = (ids, masks) }
    }

    /// Takes a loaded model.
    /// - Throws: `TaskError` when it has no masked language model head, or its tokenizer no mask.
    public init(_ model: PretrainedModel) throws {
        try self.init(
            model.transformer, model.tokenizer, model.compute, maximumTokens: model.maximumTokens, name: model.path)
    }

    /// Puts a model together, such as one that is being trained.
    /// - Parameters:
    ///   - transformer: encoder and head.
    ///   - tokenizer: its tokenizer.
    ///   - compute: where the arithmetic runs.
    ///   - maximumTokens: the longest sequence to use, special tokens included.
    ///   - name: what messages and tables call it.
    /// - Throws: `TaskError` when it has no masked language model head, or its tokenizer no mask.
    public init(
        _ transformer: TransformerModel, _ tokenizer: Tokenizer, _ compute: Compute, maximumTokens: Int, name: String
    ) throws {
        guard case .maskedLanguageModel(let head) = transformer.head else {
            throw TaskError(.unsuitableModel, "\(name): has no masked language model head, which this test needs")
        }
        guard let mask = tokenizer.specialTokens.mask else {
            throw TaskError(.unsuitableModel, "\(name): the tokenizer has no mask token, which this test needs")
        }
        self.name = name
        self.tokenizer = tokenizer
        self.head = head
        self.compute = compute
        encoder = transformer.encoder
        maskID = mask.id
        let sample = try tokenizer.encode("a")
        let isSpecial = sample.specialTokensMask
        prefix = Array(sample.ids.prefix(isSpecial.prefix { $0 }.count))
        suffix = Array(sample.ids.suffix(isSpecial.reversed().prefix { $0 }.count))
        capacity = min(maximumTokens, transformer.encoder.maximumTokens) - prefix.count - suffix.count
        guard capacity > 0 else {
            throw TaskError(.unsuitableModel, "\(name): a model of \(maximumTokens) tokens has no room for a text")
        }
    }

    /// Computes the logits at the masks, as many sequences together as are fast.
    /// - Parameter body: receives the indices of the sequences and their logits, `[masks of all of them, vocabularySize]`.
    package func forEachBatch(_ sequences: [Sequence], _ body: (Range<Int>, Tensor) throws -> Void) throws {
        var start = 0
        while start < sequences.count {
            var (end, tokens, masks) = (start, 0, 0)
            while end < sequences.count {
                let (count, more) = (sequences[end].ids.count + prefix.count + suffix.count, sequences[end].masks.count)
                if end > start, tokens + count > PretrainedModel.tokenBudget || masks + more > Self.maskBudget { break }
                (end, tokens, masks) = (end + 1, tokens + count, masks + more)
            }
            let batch = try TokenBatch(sequences[start..<end].map { prefix + $0.ids + suffix })
            let hidden = try encoder(batch, compute)
            var rows: [Int32] = []
            for (index, sequence) in sequences[start..<end].enumerated() {
                let first = batch.sequences[index].lowerBound + prefix.count
                rows += sequence.masks.map { Int32(first + $0) }
            }
            try body(start..<end, try head(compute.gather(hidden, rows), compute))
            start = end
        }
    }

    /// Masks whose logits are computed together: their matrix takes 50 MB with a vocabulary of 50,000.
    private static let maskBudget = 256

    /// The complaint about logits that are not numbers.
    package func notFinite() -> TaskError { .notFinite(name) }
}
