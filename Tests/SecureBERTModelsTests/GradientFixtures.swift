import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import TestSupport
import Testing

/// A tiny model that is trained, its last four golden inputs, and a loss with simple targets: the same as
/// Scripts/fixtures/gradients.py.
struct TrainedFixture {
    let name: String
    let parameters = ParameterSet()
    let model: TransformerModel
    let batch: TokenBatch

    init(_ name: String, _ compute: Compute) throws {
        self.name = name
        let golden = try Golden(name)
        let folder = try ModelFolder(path: golden.folder)
        model = try TransformerModel(
            folder.configuration, weights: folder.weights(), parameters: parameters, compute: compute)
        batch = try golden.batch(Array(golden.caseCount - 4..<golden.caseCount))
    }

    func loss(_ compute: Compute) throws -> Tensor {
        let hidden = try model.encoder(batch, compute)
        switch model.head {
        case .none: return try contrastiveLoss(hidden, compute)
        case .maskedLanguageModel(let head):
            let size = Int32(model.configuration.shared.vocabularySize)
            let targets = eachToken { index, id in index % 3 == 1 ? (id + 7) % size : -100 }
            // Only counted rows go through the head.
            let rows = targets.indices.filter { targets[$0] >= 0 }
            let counted = try compute.gather(hidden, rows.map(Int32.init))
            return try compute.crossEntropy(head(counted, compute), rows.map { targets[$0] })
        case .tokenClassification(let head):
            let logits = try head(hidden, compute)
            let labels = Int32(logits.shape[1])
            return try compute.crossEntropy(logits, eachToken { index, _ in index % 5 == 0 ? -100 : index % labels })
        case .sequenceClassification(let head):
            let logits = try head(hidden, batch.sequences, compute)
            let labels = Int32(logits.shape[1])
            return try compute.crossEntropy(logits, batch.sequences.indices.map { Int32($0) % labels })
        case .questionAnswering(let head):
            let logits = try head(hidden, compute)
            var total = try Tensor([0], shape: [1])
            for index in batch.sequences.indices {
                let rows = batch.sequences[index]
                let columns = try compute.transpose(compute.gather(logits, rows.map(Int32.init)))
                let targets = [Int32(rows.count / 3), Int32(rows.count / 2)]
                let part = try compute.crossEntropy(
                    columns, targets, denominator: Double(2 * batch.sequences.count))
                total = try compute.add(total, part)
            }
            return total
        }
    }

    /// Each sequence's mean against that of its neighbour, the others in the batch being wrong answers.
    private func contrastiveLoss(_ hidden: Tensor, _ compute: Compute) throws -> Tensor {
        let vectors = try compute.normalize(compute.pool(hidden, batch.sequences, .mean))
        let anchors = try compute.scale(compute.gather(vectors, [0, 2]), by: 2)
        let positives = try WeightMatrix([compute.gather(vectors, [1, 3])], forTraining: true, compute: compute)
        return try compute.crossEntropy(compute.linear(anchors, positives), [0, 1])
    }

    private func eachToken(_ target: (Int32, Int32) -> Int32) -> [Int32] {
        batch.sequences.indices.flatMap { index in
            batch.ids[batch.sequences[index]].enumerated().map { target(Int32($0), $1) }
        }
    }
}
