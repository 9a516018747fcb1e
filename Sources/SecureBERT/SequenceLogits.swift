import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Logits of whole inputs: every window through encoder and head, then the windows of each input merged.
struct SequenceScorer: WindowedTask {
    struct Input: Sendable {
        let text: TextInput
        /// How the windows become one.
        let merging: WindowMerging
        let truncate: Bool
    }

    struct Reading: TaskReading {
        let windows: [Encoding]
        let usage: InputUsage
        let merging: WindowMerging
    }

    let model: PretrainedModel
    let head: SequenceHead

    func read(_ input: Input) throws -> Reading {
        let windows = try model.windows(of: input.text, truncate: input.truncate)
        return Reading(windows: windows.encodings, usage: windows.usage, merging: input.merging)
    }

    /// `[labels]` for each window.
    func rows(of windows: [Encoding]) throws -> [[Float]] {
        var logits: [[Float]] = []
        try model.forEachBatch(windows) { batch in
            let rows = try head(batch.hidden, batch.batch.sequences, model.compute)  // [windows, labels]
            for row in 0..<rows.shape[0] { logits.append(try rows.rows(row..<row + 1).floats()) }
        }
        return logits
    }

    /// - Throws: ``TaskError`` when a logit is no finite number; of this text alone, so that others beside it keep theirs.
    func finish(_ reading: Reading, _ rows: [[Float]]) throws -> (logits: [Float], usage: InputUsage) {
        guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw TaskError.notFinite(model.path) }
        guard rows.count > 1 else { return (rows[0], reading.usage) }
        return switch reading.merging {
        case .weightedMean:
            (WindowMerging.weightedMean(rows, reading.windows.map { Float($0.ids.count) }), reading.usage)
        case .maximum: (WindowMerging.maximum(rows), reading.usage)
        }
    }
}

/// How the outputs of the windows of one text become one.
package enum WindowMerging: Sendable {
    case weightedMean
    case maximum

    /// The mean of rows, weighted.
    package static func weightedMean(_ rows: [[Float]], _ weights: [Float]) -> [Float] {
        guard var sum = rows.first.map({ $0.map { _ in Float(0) } }) else { return [] }
        for (row, weight) in zip(rows, weights) {
            for (index, value) in row.enumerated() { sum[index] += weight * value }
        }
        let total = weights.reduce(0, +)
        return sum.map { $0 / total }
    }

    /// The largest of each column.
    package static func maximum(_ rows: [[Float]]) -> [Float] {
        guard var result = rows.first else { return [] }
        for row in rows.dropFirst() {
            for (index, value) in row.enumerated() { result[index] = max(result[index], value) }
        }
        return result
    }
}
