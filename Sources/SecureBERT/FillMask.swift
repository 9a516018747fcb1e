import SecureBERTModels
import SecureBERTTensor
import SecureBERTTokenizers

/// Predicts the words that were replaced by a mask, what the models of this family were trained to do.
public struct FillMask: Sendable {
    /// One masked position and what could stand there.
    public struct Mask: Sendable {
        /// Index of the mask among the tokens of the text, special tokens included.
        public let position: Int
        /// Most probable first.
        public let predictions: [Prediction]
    }

    public struct Prediction: Sendable {
        /// The token's text; a leading space, where the vocabulary has one, tells that a word starts here.
        public let token: String
        public let id: Int32
        /// Softmax over the whole vocabulary, also when the predictions were restricted to targets.
        public let score: Probability
        public let logit: Logit
    }

    private let model: PretrainedModel
    private let head: MaskedLanguageModelHead
    private let maskToken: String
    private let maskID: Int32

    /// Spellings of the mask that are understood whatever the model's own is.
    public static let maskSpellings = ["<mask>", "[MASK]"]

    /// - Throws: ``TaskError`` when the model has no masked language model head or its tokenizer no mask.
    public init(_ model: PretrainedModel) throws(TaskError) {
        guard case .maskedLanguageModel(let head) = model.transformer.head else {
            throw model.lacks("masked language model")
        }
        guard let mask = model.tokenizer.specialTokens.mask else {
            throw TaskError(
                .unsuitableModel, "\(model.path): the tokenizer has no mask token, so nothing can be filled in")
        }
        self.model = model
        self.head = head
        maskToken = mask.text
        maskID = mask.id
    }

    /// Fills every mask of a text. A text longer than the model is read in windows, each mask in the one where it stands
    /// closest to the middle.
    /// - Parameters:
    ///   - text: Contains `<mask>` or `[MASK]` at least once.
    ///   - topK: How many predictions for each mask.
    ///   - targets: Only these words compete; each must be one token of the vocabulary.
    /// - Throws: ``TaskError`` when there is no mask, `topK` is not positive, or a target is not one token.
    public func callAsFunction(_ text: String, topK: Int = 5, targets: [String] = []) throws -> [Mask] {
        guard topK > 0 else {
            throw TaskError(.invalidInput, "the number of predictions must be positive, found \(topK)")
        }
        let candidates = try targets.map { (text: $0, id: try id(ofTarget: $0)) }
        let windows = try model.windows(of: TextInput(normalizingMasks(text)))
        let masks = windows.bestWindowOfEachToken().filter { windows.encodings[$0.window].ids[$0.index] == maskID }
        guard !masks.isEmpty else {
            throw TaskError(.invalidInput, "the text has no \(maskToken) to fill in: \"\(text.prefix(60))\"")
        }
        var results: [Mask] = []
        try model.forEachBatch(windows.encodings) { batch in
            let wanted = masks.filter { batch.indices.contains($0.window) }
            let rows = wanted.map { mask in
                Int32(batch.batch.sequences[mask.window - batch.indices.lowerBound].lowerBound + mask.index)
            }
            let logits = try head(model.compute.gather(batch.hidden, rows), model.compute)  // [masks, vocabularySize]
            for (row, mask) in wanted.enumerated() {
                let scores = try logits.rows(row..<row + 1).floats()
                results.append(
                    Mask(position: mask.position, predictions: predictions(scores, topK: topK, candidates)))
            }
        }
        return results
    }

    private func predictions(
        _ logits: [Float], topK: Int, _ candidates: [(text: String, id: Int32)]
    ) -> [Prediction] {
        let probabilities = softmax(logits)
        let ids =
            candidates.isEmpty
            ? logits.indicesOfLargest(topK) { $0 }.map(Int32.init)
            : candidates.indicesOfLargest(topK) { logits[Int($0.id)] }.map { candidates[$0].id }
        return ids.map { id in
            Prediction(
                token: model.tokenizer.decode([id], skipSpecialTokens: false), id: id, score: probabilities[Int(id)],
                logit: Logit(logits[Int(id)]))
        }
    }

    private func normalizingMasks(_ text: String) -> String {
        Self.maskSpellings.reduce(text) { $1 == maskToken ? $0 : $0.replacingAll($1, with: maskToken) }
    }

    /// A target as the vocabulary has it: as written, or as a word behind a space.
    private func id(ofTarget target: String) throws -> Int32 {
        if let id = model.tokenizer.id(of: target) { return id }
        for spelling in [" " + target, target] {
            let ids = try model.tokenizer.encode(spelling, addSpecialTokens: false).ids
            if ids.count == 1 { return ids[0] }
        }
        let pieces = try model.tokenizer.encode(" " + target, addSpecialTokens: false).tokens
        throw TaskError(
            .invalidInput,
            "the target \"\(target)\" is \(pieces.count) tokens of this vocabulary (\(pieces.joined(separator: " "))), expected one"
        )
    }
}

extension String {
    /// Every occurrence of the bytes of `pattern` replaced.
    func replacingAll(_ pattern: String, with replacement: String) -> String {
        let (text, needle) = (Array(utf8), Array(pattern.utf8))
        guard !needle.isEmpty, text.count >= needle.count else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            if position + needle.count <= text.count, text[position] == needle[0],
                text[position..<position + needle.count].elementsEqual(needle)
            {
                result.append(contentsOf: replacement.utf8)
                position += needle.count
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
