import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers
import Synchronization

/// One encoder with several heads, as `finetune joint` makes them: a text that several tasks read in turn is encoded once.
///
/// ```swift
/// let model = try MultiTaskModel(path: "runs/joint/model")
/// let (recognizer, classifier) = (try EntityRecognizer(model.head("ner")), try TextClassifier(model.head("attack")))
/// let entities = try recognizer(sentences)
/// let labels = try classifier(sentences.map { TextInput($0) })    // no sentence is encoded again
/// ```
public struct MultiTaskModel: Sendable {
    /// The encoder alone, for sentence vectors where the folder says how to make them.
    public let encoder: PretrainedModel
    private let loaded: any Encoder
    /// The names of the heads.
    public let headNames: [String]

    /// Loads the encoder of a folder with heads.
    /// - Parameters:
    ///   - path: The folder.
    ///   - compute: Where to run; nil for a pool of one thread per core.
    /// - Throws: ``TaskError`` when the folder has no heads; what loading throws.
    public init(path: String, compute: Compute? = nil) throws {
        headNames = try SharedHead.names(inFolder: path)
        guard !headNames.isEmpty else {
            throw TaskError(.unsuitableModel, "\(path): has no folder \(SharedHead.folderName) with heads")
        }
        let model = try PretrainedModel(path: path, head: .some(.none), compute: compute)
        loaded = model.transformer.encoder
        encoder = PretrainedModel(model, encoder: RememberingEncoder(loaded))
    }

    /// A head as a model of its own, on the common encoder.
    /// - Throws: ``TaskError`` when there is none of that name; what loading throws.
    public func head(_ name: String) throws -> PretrainedModel {
        guard headNames.contains(name) else {
            throw TaskError(
                .invalidInput,
                "\(encoder.path): has no head \"\(name)\", only \(headNames.joined(separator: ", "))")
        }
        return try PretrainedModel(
            folder: ModelFolder(path: SharedHead.path(name, inFolder: encoder.path)), sharing: encoder,
            encoder: encoder.transformer.encoder, loaded: loaded)
    }

    /// How many batches have been encoded, and how many were remembered.
    package var batches: (encoded: Int, remembered: Int) {
        (encoder.transformer.encoder as? RememberingEncoder)?.counts ?? (0, 0)
    }
}

/// An encoder that remembers what it computed last, for heads that read the same texts one after the other.
private final class RememberingEncoder: Encoder {
    private let encoder: any Encoder
    private let memory = Mutex(Memory())

    private struct Memory {
        var batches: [(ids: [Int32], lengths: [Int], typeIDs: [Int32]?, hidden: Tensor)] = []
        var tokens = 0
        var counts = (encoded: 0, remembered: 0)
    }

    /// Hidden states of so many tokens are kept at most: with 768 elements each, 50 MB.
    private static let maximumTokens = 16_384

    init(_ encoder: any Encoder) { self.encoder = encoder }

    var hiddenSize: Int { encoder.hiddenSize }
    var maximumTokens: Int { encoder.maximumTokens }
    var counts: (encoded: Int, remembered: Int) { memory.withLock { $0.counts } }

    func callAsFunction(_ batch: TokenBatch, _ compute: Compute, observe: (Int, Tensor) -> Void) throws -> Tensor {
        let lengths = batch.sequences.indices.map { batch.sequences[$0].count }
        let known = memory.withLock { memory -> Tensor? in
            let found = memory.batches.first {
                $0.ids == batch.ids && $0.lengths == lengths && $0.typeIDs == batch.typeIDs
            }
            if found != nil { memory.counts.remembered += 1 }
            return found?.hidden
        }
        if let known { return known }
        let hidden = try encoder(batch, compute, observe: observe)
        memory.withLock { memory in
            memory.counts.encoded += 1
            memory.batches.append((batch.ids, lengths, batch.typeIDs, hidden))
            memory.tokens += batch.tokens
            while memory.tokens > Self.maximumTokens, memory.batches.count > 1 {
                memory.tokens -= memory.batches.removeFirst().ids.count
            }
        }
        return hidden
    }
}
