import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

extension PretrainedModel {
    /// Logits of whole inputs, in order: every window through encoder and head, then the windows of each input merged.
    /// - Parameter merge: Makes one row out of the windows' logits, given the tokens of each window as weights.
    func sequenceLogits(
        _ inputs: [TextInput], _ head: SequenceHead, truncate: Bool,
        merge: (_ windows: [[Float]], _ weights: [Float]) -> [Float]
    ) throws -> [(logits: [Float], usage: InputUsage)] {
        let windowed = try inputs.map { try windows(of: $0, truncate: truncate) }
        var logits: [[Float]] = []
        try forEachBatch(windowed.flatMap(\.encodings)) { batch in
            let rows = try head(batch.hidden, batch.batch.sequences, compute)  // [windows, labels]
            for row in 0..<rows.shape[0] { logits.append(try rows.rows(row..<row + 1).floats()) }
        }
        var next = 0
        return windowed.map { input in
            let own = Array(logits[next..<next + input.encodings.count])
            next += own.count
            let merged = own.count == 1 ? own[0] : merge(own, input.encodings.map { Float($0.ids.count) })
            return (merged, input.usage)
        }
    }
}

/// How the outputs of the windows of one text become one.
package enum WindowMerging {
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
