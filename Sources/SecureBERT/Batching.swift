import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Consecutive sequences that pass through the encoder together.
struct EncodedBatch {
    /// Which of the sequences.
    let indices: Range<Int>
    let batch: TokenBatch
    /// `[tokens, hiddenSize]`
    let hidden: Tensor
}

extension PretrainedModel {
    /// Tokens that pass through the encoder together unless one sequence alone is longer. More would not be faster, only
    /// larger: the matrix products are at full speed from a few hundred tokens.
    package static let tokenBudget = 2048

    /// Encodes sequences of any lengths, as many at a time as the token budget allows, in order. Each sequence's numbers are
    /// those it would have alone.
    func forEachBatch(_ encodings: [Encoding], _ body: (EncodedBatch) throws -> Void) throws {
        var start = 0
        while start < encodings.count {
            var end = start + 1
            var tokens = encodings[start].ids.count
            while end < encodings.count, tokens + encodings[end].ids.count <= Self.tokenBudget {
                tokens += encodings[end].ids.count
                end += 1
            }
            let batch = try TokenBatch(
                encodings[start..<end].map(\.ids), typeIDs: encodings[start..<end].map(\.typeIDs))
            let hidden =
                try memory?.states(of: batch) { try transformer.encoder($0, compute) }
                ?? transformer.encoder(batch, compute)
            try body(EncodedBatch(indices: start..<end, batch: batch, hidden: hidden))
            start = end
        }
    }
}
