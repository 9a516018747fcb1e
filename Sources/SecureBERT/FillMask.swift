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
    /// - Throws: ``TaskError`` when there is no mask, `topK` is not positive, a target is not one token, or the model's logits
    ///   are no finite numbers.
    public func callAsFunction(_ text: String, topK: Int = 5, targets: [String] = []) throws -> [Mask] {
        try run([Input(text, topK: topK, targets: targets)])[0].masks
    }

    private func predictions(
        _ logits: [Float], topK: Int, _ candidates: [Int32]
    ) -> [Prediction] {
        let probabilities = softmax(logits)
        let ids =
            candidates.isEmpty
            ? logits.indicesOfLargest(topK) { $0 }.map(Int32.init)
            : candidates.indicesOfLargest(topK) { logits[Int($0)] }.map { candidates[$0] }
        return ids.map { id in
            Prediction(
                token: model.tokenizer.decode([id], skipSpecialTokens: false), id: id, score: probabilities[Int(id)],
                logit: Logit(logits[Int(id)]))
        }
    }

    /// A text with a token in the place of its mask.
    package static func text(_ text: String, filledWith token: String) -> String {
        let word = token.hasPrefix(" ") ? String(token.dropFirst()) : token
        return maskSpellings.reduce(text) { $0.replacingAll($1, with: word) }
    }

    private func normalizingMasks(_ text: String) -> String {
        Self.maskSpellings.reduce(text) { $1 == maskToken ? $0 : $0.replacingAll($1, with: maskToken) }
    }

    /// A target as the vocabulary has it: as written, or as a word behind a space.
    private func id(_ target: String) throws -> Int32 {
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

extension FillMask: WindowedTask {
    /// A text with masks.
    package struct Input: Sendable {
        let text: String
        let topK: Int
        let targets: [String]

        package init(_ text: String, topK: Int = 5, targets: [String] = []) {
            (self.text, self.topK, self.targets) = (text, topK, targets)
        }
    }

    /// The masks of a text, and how much was read.
    package struct Output: Sendable {
        package let masks: [Mask]
        package let usage: InputUsage
    }

    package struct Window: TaskWindow {
        package let encoding: Encoding
        /// The masks to fill in this window: indices among its tokens.
        let masks: [Int]
    }

    package struct Reading: TaskReading {
        package let windows: [Window]
        let usage: InputUsage
        /// Index of each mask among the tokens of the text, in the order of windows and masks.
        let positions: [Int]
        let topK: Int
        let candidates: [Int32]
    }

    package func read(_ input: Input) throws -> Reading {
        guard input.topK > 0 else {
            throw TaskError(.invalidInput, "the number of predictions must be positive, found \(input.topK)")
        }
        let windows = try model.windows(of: TextInput(normalizingMasks(input.text)))
        let masks = windows.bestWindowOfEachToken().filter { windows.encodings[$0.window].ids[$0.index] == maskID }
        guard !masks.isEmpty else {
            throw TaskError(
                .invalidInput, "the text has no \(maskToken) to fill in: \"\(input.text.prefix(60))\"")
        }
        return Reading(
            windows: windows.encodings.enumerated().map { index, encoding in
                Window(encoding: encoding, masks: masks.filter { $0.window == index }.map(\.index))
            }, usage: windows.usage, positions: masks.map(\.position), topK: input.topK,
            candidates: try input.targets.map(id))
    }

    /// Logits `[vocabularySize]` of each mask of each window.
    package func rows(of windows: [Window]) throws -> [[[Float]]] {
        var rows: [[[Float]]] = []
        try model.forEachBatch(windows.map(\.encoding)) { batch in
            let starts = batch.batch.sequences.indices.map { batch.batch.sequences[$0].lowerBound }
            let own = windows[batch.indices]
            let places = zip(own, starts).flatMap { window, start in window.masks.map { Int32(start + $0) } }
            let logits = try head(model.compute.gather(batch.hidden, places), model.compute)  // [masks, vocabularySize]
            var next = 0
            for window in own {
                rows.append(try window.masks.indices.map { try logits.rows(next + $0..<next + $0 + 1).floats() })
                next += window.masks.count
            }
        }
        return rows
    }

    /// - Throws: ``TaskError`` when a logit is no finite number; of this text alone, so that others beside it keep theirs.
    package func finish(_ reading: Reading, _ rows: [[[Float]]]) throws -> Output {
        guard rows.joined().allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw TaskError.notFinite(model.path) }
        let masks = zip(reading.positions, rows.joined()).map { position, logits in
            Mask(position: position, predictions: predictions(logits, topK: reading.topK, reading.candidates))
        }
        return Output(masks: masks, usage: reading.usage)
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
