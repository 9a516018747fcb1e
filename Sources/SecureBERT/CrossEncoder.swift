import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Scores pairs of texts by reading them together: slower and more exact than comparing embeddings.
public struct CrossEncoder: Sendable {
    public struct Score: Sendable {
        /// The head's output before any activation; the one to rank by, since it never saturates into ties.
        public let logit: Logit
        /// The logit behind the activation that the folder asks for: a sigmoid, or nothing at all.
        public let score: Float
        public let usage: InputUsage
    }

    public struct Ranked: Sendable {
        /// Index among the documents given.
        public let index: Int
        public let score: Score
    }

    private let scorer: SequenceScorer
    /// What stands behind the logit, by the folder's own settings.
    public let activation: ActivationFunction

    /// - Throws: ``TaskError`` when the model has no sequence classification head with exactly one label: an embedding model
    ///   here would give scores that mean nothing.
    public init(_ model: PretrainedModel) throws(TaskError) {
        guard case .sequenceClassification(let head) = model.transformer.head else {
            throw model.lacks("sequence classification")
        }
        let configuration = model.folder.configuration.shared
        guard configuration.labels.count == 1 else {
            throw TaskError(
                .unsuitableModel,
                "\(model.path): has \(configuration.labels.count) labels, a cross-encoder that ranks has one")
        }
        activation = configuration.scoreActivation
        guard activation == .identity || activation == .sigmoid else {
            throw TaskError(
                .unsuitableModel,
                "\(model.path): asks for the activation \(activation.rawValue), expected sigmoid or identity")
        }
        scorer = SequenceScorer(model: model, head: head)
    }

    /// Scores pairs, in order. A second text that does not fit beside the first is read in overlapping windows, and the
    /// best window counts.
    /// - Parameters:
    ///   - pairs: Each a query and a document.
    ///   - truncate: Read only what fits the model, and say so in the result.
    public func score(_ pairs: [(String, String)], truncate: Bool = false) throws -> [Score] {
        try run(pairs.map { Input(query: $0.0, document: $0.1, truncate: truncate) })
    }

    /// Orders documents by how well they answer the query, best first; equal ones in their given order.
    /// - Parameters:
    ///   - query: What the documents are compared with.
    ///   - documents: In any order.
    ///   - topK: How many to return; nil for all.
    ///   - truncate: Read only what fits the model, and say so in the result.
    public func rank(
        query: String, documents: [String], topK: Int? = nil, truncate: Bool = false
    ) throws -> [Ranked] {
        let scores = try score(documents.map { (query, $0) }, truncate: truncate)
        return scores.indicesOfLargest(topK ?? scores.count) { $0.logit }.map { Ranked(index: $0, score: scores[$0]) }
    }
}

extension CrossEncoder: WindowedTask {
    /// A pair to score.
    package struct Input: Sendable {
        let query: String
        let document: String
        let truncate: Bool

        package init(query: String, document: String, truncate: Bool = false) {
            (self.query, self.document, self.truncate) = (query, document, truncate)
        }
    }

    package struct Reading: TaskReading {
        let sequence: SequenceScorer.Reading
        package var windows: [Encoding] { sequence.windows }
    }

    package func read(_ input: Input) throws -> Reading {
        let text = TextInput(input.query, pair: input.document)
        return Reading(sequence: try scorer.read(.init(text: text, merging: .maximum, truncate: input.truncate)))
    }

    package func rows(of windows: [Encoding]) throws -> [[Float]] { try scorer.rows(of: windows) }

    package func finish(_ reading: Reading, _ rows: [[Float]]) throws -> Score {
        let (logits, usage) = try scorer.finish(reading.sequence, rows)
        let logit = Logit(logits[0])
        return Score(logit: logit, score: activation == .sigmoid ? logit.sigmoid.value : logit.value, usage: usage)
    }
}
