import SecureBERTModels
import SecureBERTTensor
import Synchronization

/// The hidden states of the batches encoded last, for heads that read the same texts one after the other.
final class HiddenStateMemory: Sendable {
    private struct Batch {
        let batch: TokenBatch
        /// `[tokens, hiddenSize]`
        let hidden: Tensor

        func isOf(_ other: TokenBatch) -> Bool {
            batch.ids == other.ids && batch.typeIDs == other.typeIDs
                && batch.sequences.indices == other.sequences.indices
                && batch.sequences.indices.allSatisfy { batch.sequences[$0] == other.sequences[$0] }
        }
    }

    private struct State {
        var batches: [Batch] = []
        var tokens = 0
        var counts = (encoded: 0, remembered: 0)
    }

    /// Hidden states of so many tokens are kept, or of one batch: with 768 elements each, 50 MB.
    private static let maximumTokens = 16_384

    private let state = Mutex(State())

    /// How many batches have been encoded, and how many were remembered.
    var counts: (encoded: Int, remembered: Int) { state.withLock { $0.counts } }

    /// The hidden states of a batch, encoded unless they are remembered.
    func states(of batch: TokenBatch, _ encode: () throws -> Tensor) rethrows -> Tensor {
        let known = state.withLock { state in
            let known = state.batches.first { $0.isOf(batch) }?.hidden
            if known != nil { state.counts.remembered += 1 }
            return known
        }
        if let known { return known }
        let hidden = try encode()
        state.withLock { state in
            state.counts.encoded += 1
            state.batches.append(Batch(batch: batch, hidden: hidden))
            state.tokens += batch.tokens
            while state.tokens > Self.maximumTokens, state.batches.count > 1 {
                state.tokens -= state.batches.removeFirst().batch.tokens
            }
        }
        return hidden
    }
}
