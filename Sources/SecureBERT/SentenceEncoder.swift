import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Turns texts into vectors whose angles tell how close the texts are in meaning (bi-encoder).
public struct SentenceEncoder: Sendable {
    public struct Embedding: Sendable {
        /// `[outputSize]`, or as many elements as were asked for.
        public let vector: [Float]
        public let usage: InputUsage
    }

    /// Deviations from what the folder says.
    public struct Options: Sendable {
        /// How token states become one vector; nil for the folder's way, or the mean when the folder is a plain encoder. Another
        /// way than the folder's leaves out its dense layers, which were trained for that one.
        public var pooling: Pooling?
        /// Whether vectors have length 1; nil for the folder's way.
        public var normalize: Bool?
        /// Keep only the first elements, for models trained to be cut (Matryoshka: Kusupati et al. 2022, arXiv 2205.13147).
        public var dimensions: Int?
        /// What to put before each text.
        public var prompt = Prompt.standard
        /// Read only what fits the model, and say so in the result.
        public var truncate = false

        public init() {}
    }

    /// A text put before each input, for models that were trained with one ("query: ").
    public enum Prompt: Sendable, Hashable {
        /// The folder's default prompt, if it has one.
        case standard
        /// One of the folder's prompts, by name.
        case named(String)
        /// Any text; an empty one for no prompt.
        case text(String)
    }

    private let model: PretrainedModel
    private let steps: [Step]
    private let configuration: SentenceEncoderConfiguration?
    /// Elements of an embedding.
    public let outputSize: Int

    private enum Step: Sendable {
        case dense(DenseLayer)
        case normalize
    }

    /// - Throws: `CheckpointError` when the folder's dense layers cannot be loaded.
    public init(_ model: PretrainedModel) throws {
        self.model = model
        configuration = model.folder.sentenceEncoder
        outputSize = configuration?.outputSize ?? model.transformer.encoder.hiddenSize
        steps = try (configuration?.steps ?? []).map { step in
            switch step {
            case .normalize: .normalize
            case .dense(let dense): .dense(try DenseLayer(dense, compute: model.compute))
            }
        }
    }

    /// Whether the folder says that vectors have length 1.
    package var normalizes: Bool { steps.contains { if case .normalize = $0 { true } else { false } } }

    /// The names of the folder's prompts.
    public var promptNames: [String] { configuration?.prompts.map(\.name) ?? [] }

    /// Embeds texts, in order.
    ///
    /// A text longer than the model is read in windows without overlap and the windows' vectors are pooled again, weighted by
    /// their tokens, before dense layers and normalization: with mean pooling, a document's vector is the mean over all of
    /// its tokens.
    /// - Throws: ``TaskError`` for a prompt the folder does not have, or more dimensions than the model has.
    public func callAsFunction(_ texts: [String], options: Options = Options()) throws -> [Embedding] {
        try run(texts.map { Input($0, options: options) })
    }

    /// The vector of the whole text out of those of its windows, each pooling by its own rule.
    private func merged(_ windows: [[Float]], _ tokens: [Float], _ modes: [Pooling]) -> [Float] {
        let size = model.transformer.encoder.hiddenSize
        return modes.enumerated().flatMap { index, mode in
            let parts = windows.map { Array($0[index * size..<(index + 1) * size]) }
            return switch mode {
            case .max: WindowMerging.maximum(parts)
            case .lastToken: parts[parts.count - 1]
            case .cls, .mean, .weightedMean, .meanSquareRootLength: WindowMerging.weightedMean(parts, tokens)
            }
        }
    }

    /// Dense layers, normalization, cut.
    private func finished(_ pooled: [Float], _ options: Options) throws -> [Float] {
        var vector = try Tensor(pooled, shape: [1, pooled.count])
        let normalize = options.normalize ?? normalizes
        if options.pooling == nil {
            for step in steps {
                switch step {
                case .normalize where normalize: vector = try model.compute.normalize(vector)
                case .normalize: break
                case .dense(let dense): vector = try dense(vector, model.compute)
                }
            }
        }
        if let dimensions = options.dimensions {
            vector = try Tensor(Array(vector.floats().prefix(dimensions)), shape: [1, dimensions])
        }
        return try (normalize ? model.compute.normalize(vector) : vector).floats()
    }

    private func poolings(_ options: Options) -> [Pooling] {
        if let pooling = options.pooling { return [pooling] }
        return (configuration?.pooling.modes ?? [.mean]).map { mode in
            switch mode {
            case .cls: .cls
            case .max: .max
            case .mean: .mean
            case .meanSquareRootLength: .meanSquareRootLength
            case .weightedMean: .weightedMean
            case .lastToken: .lastToken
            }
        }
    }

    /// A prompt's text and how many leading tokens the pooling leaves out because of it.
    private func resolved(_ prompt: Prompt) throws -> (text: String, excludedTokens: Int) {
        let text: String
        switch prompt {
        case .text(let given): text = given
        case .named(let name): text = try self.text(ofPrompt: name)
        case .standard: text = try configuration?.defaultPromptName.map { try self.text(ofPrompt: $0) } ?? ""
        }
        guard !text.isEmpty, configuration?.pooling.includesPrompt == false else { return (text, 0) }
        // As in the reference: the prompt with the special tokens around it, less the one at the end.
        return (text, try model.tokenizer.encode(text).count - 1)
    }

    private func text(ofPrompt name: String) throws -> String {
        if let prompt = configuration?.prompts.first(where: { $0.name == name }) { return prompt.text }
        let names = promptNames.isEmpty ? "none" : promptNames.joined(separator: ", ")
        throw TaskError(.invalidInput, "\(model.path): has no prompt named \"\(name)\"; it has \(names)")
    }

    /// The hidden states without those of prompts.
    /// - Parameter tokens: How many leading tokens of each sequence are left out.
    private func withoutPrompts(_ batch: EncodedBatch, tokens: [Int]) throws -> (Tensor, SequenceLayout) {
        let sequences = batch.batch.sequences
        guard tokens.contains(where: { $0 > 0 }) else { return (batch.hidden, sequences) }
        let kept = zip(sequences.indices, tokens).map { sequences[$0].dropFirst($1) }
        let hidden = try model.compute.gather(batch.hidden, kept.joined().map(Int32.init))
        return (hidden, SequenceLayout(lengths: kept.map(\.count)))
    }
}

extension SentenceEncoder: WindowedTask {
    /// A text to embed, or what a tokenizer has made of it.
    package struct Input: Sendable {
        package enum Content: Sendable {
            case text(String)
            /// Special tokens included, at most as many as the model reads at once.
            case ids([Int32])
        }

        let content: Content
        let options: Options

        package init(_ text: String, options: Options = Options()) { self.init(.text(text), options: options) }

        package init(_ content: Content, options: Options) { (self.content, self.options) = (content, options) }
    }

    package struct Window: TaskWindow {
        package let encoding: Encoding
        /// Leading tokens that the pooling leaves out.
        let excludedTokens: Int
        let modes: [Pooling]
    }

    package struct Reading: TaskReading {
        package let windows: [Window]
        let usage: InputUsage
        let options: Options
        let modes: [Pooling]
    }

    package func read(_ input: Input) throws -> Reading {
        if let dimensions = input.options.dimensions, !(1...outputSize).contains(dimensions) {
            throw TaskError(
                .invalidInput, "\(model.path): makes vectors of \(outputSize) dimensions, \(dimensions) were asked for")
        }
        let prompt = try resolved(input.options.prompt)
        let modes = poolings(input.options)
        let windows: TextWindows
        switch input.content {
        case .text(let text): windows = try self.windows(of: text, prompt.text, input.options)
        case .ids(let ids) where prompt.text.isEmpty: windows = try self.windows(ofIDs: ids, input.options)
        // As text-embeddings-inference: a prompt can only be put before a text.
        case .ids(let ids): windows = try self.windows(of: model.tokenizer.decode(ids), prompt.text, input.options)
        }
        return Reading(
            windows: windows.encodings.map {
                Window(encoding: $0, excludedTokens: prompt.excludedTokens, modes: modes)
            }, usage: windows.usage, options: input.options, modes: modes)
    }

    private func windows(of text: String, _ prompt: String, _ options: Options) throws -> TextWindows {
        let text = model.folder.lowercasesText ? text.lowercased() : text
        return try model.windows(of: TextInput(prompt + text), overlap: 0, truncate: options.truncate)
    }

    /// Ids cannot be cut into windows: which of them stand at the ends of each, only who has made them knows.
    private func windows(ofIDs ids: [Int32], _ options: Options) throws -> TextWindows {
        guard !ids.isEmpty else { throw TaskError(.invalidInput, "\(model.path): there are no token ids to read") }
        guard ids.count <= model.maximumTokens || options.truncate else {
            throw TaskError(
                .invalidInput,
                "\(model.path): reads at most \(model.maximumTokens) token ids at once, found \(ids.count); send the text, or truncate"
            )
        }
        let encoding = try model.tokenizer.encoding(ofIDs: Array(ids.prefix(model.maximumTokens)))
        let usage = InputUsage(tokens: encoding.count, windows: 1, truncated: encoding.count < ids.count)
        return TextWindows(encodings: [encoding], starts: [0], usage: usage)
    }

    /// For each window its poolings side by side, each `[hiddenSize]`.
    package func rows(of windows: [Window]) throws -> [[Float]] {
        var rows: [[Float]] = []
        try model.forEachBatch(windows.map(\.encoding)) { batch in
            let own = windows[batch.indices]
            let (hidden, sequences) = try withoutPrompts(batch, tokens: own.map(\.excludedTokens))
            var pooled: [Pooling: Tensor] = [:]  // [windows, hiddenSize]
            for mode in Set(own.flatMap(\.modes)) { pooled[mode] = try model.compute.pool(hidden, sequences, mode) }
            for (row, window) in own.enumerated() {
                rows.append(
                    try window.modes.compactMap { pooled[$0] }.flatMap { try $0.rows(row..<row + 1).floats() })
            }
        }
        return rows
    }

    package func finish(_ reading: Reading, _ rows: [[Float]]) throws -> Embedding {
        let vector =
            rows.count == 1
            ? rows[0] : merged(rows, reading.windows.map { Float($0.encoding.count) }, reading.modes)
        return Embedding(vector: try finished(vector, reading.options), usage: reading.usage)
    }
}
