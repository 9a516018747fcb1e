import SecureBERTModels
import SecureBERTTensor
import Synchronization

/// The hidden states of the sequences encoded last, for heads that read the same texts one after the other.
///
/// A sequence is recognized by its tokens, whatever it was encoded together with: its numbers do not depend on that.
final class HiddenStateMemory: Sendable {
    private struct Key: Hashable {
        let ids: [Int32]
        let typeIDs: [Int32]?
    }

    private struct State {
        /// `[tokens, hiddenSize]` of each sequence, row by row.
        var rows: [Key: [Float]] = [:]
        /// The sequences from the oldest on.
        var order: [Key] = []
        var tokens = 0
        var counts = (encoded: 0, remembered: 0)
    }

    /// Hidden states of so many tokens are kept: with 768 elements each, 50 MB.
    private static let maximumTokens = 16_384

    private let state = Mutex(State())

    /// How many sequences have been encoded, and how many were remembered.
    var counts: (encoded: Int, remembered: Int) { state.withLock { $0.counts } }

    /// The hidden states of a batch, `[tokens, hiddenSize]`; what is not remembered is encoded.
    func states(of batch: TokenBatch, _ encode: (TokenBatch) throws -> Tensor) throws -> Tensor {
        let keys = batch.sequences.indices.map { index in
            let range = batch.sequences[index]
            return Key(ids: Array(batch.ids[range]), typeIDs: batch.typeIDs.map { Array($0[range]) })
        }
        var known = recall(keys)
        let missing = keys.indices.filter { known[$0] == nil }
        guard !missing.isEmpty else { return try Self.joined(known, tokens: batch.tokens) }
        let rest =
            missing.count == keys.count
            ? batch
            : try TokenBatch(
                missing.map { keys[$0].ids },
                typeIDs: batch.typeIDs == nil ? nil : missing.map { keys[$0].typeIDs ?? [] })
        let hidden = try encode(rest)
        for (place, index) in missing.enumerated() {
            known[index] = try hidden.rows(rest.sequences[place]).floats()
        }
        keep(missing.map { (keys[$0], known[$0] ?? []) })
        return missing.count == keys.count ? hidden : try Self.joined(known, tokens: batch.tokens)
    }

    private func recall(_ keys: [Key]) -> [[Float]?] {
        state.withLock { state in
            let known = keys.map { state.rows[$0] }
            state.counts.remembered += known.count { $0 != nil }
            return known
        }
    }

    private func keep(_ sequences: [(key: Key, rows: [Float])]) {
        state.withLock { state in
            state.counts.encoded += sequences.count
            for (key, rows) in sequences where state.rows.updateValue(rows, forKey: key) == nil {
                state.order.append(key)
                state.tokens += key.ids.count
            }
            var oldest = 0
            while state.tokens > Self.maximumTokens, oldest < state.order.count {
                state.tokens -= state.order[oldest].ids.count
                state.rows[state.order[oldest]] = nil
                oldest += 1
            }
            state.order.removeFirst(oldest)
        }
    }

    private static func joined(_ rows: [[Float]?], tokens: Int) throws -> Tensor {
        let all = rows.flatMap { $0 ?? [] }
        return try Tensor(all, shape: [tokens, tokens == 0 ? 0 : all.count / tokens])
    }
}
