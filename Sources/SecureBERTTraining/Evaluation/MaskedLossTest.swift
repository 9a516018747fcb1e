import Dispatch
import SecureBERT
import SecureBERTTensor
import SecureBERTTokenizers
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The masked language model loss of a corpus.
///
/// Each text is cut into windows of consecutive tokens. In every window a share of the tokens, at least one, is drawn by
/// the seed and replaced by the mask; there is no 80/10/10 mixture, which belongs to training, so each token that counts is
/// one the model could not see. The loss is the mean over all masked tokens of -log p(token). Masks depend on the seed, the
/// number of the window and its length only: models with the same tokenizer see the same masks.
public struct MaskedLossTest: Sendable {
    /// What is measured.
    public struct Options: Sendable, Equatable {
        /// Share of the tokens of a window that are masked.
        public var maskRate = 0.15
        /// The longest window in tokens, special tokens included; shorter when the model is.
        public var maximumTokens = 512
        /// Of the masks, and of the intervals.
        public var seed: UInt64 = 0
        /// The key in JSON lines by which texts are told apart; texts without it are of the group "text".
        public var groupKey = "kind"

        /// 15 % of windows of 512 tokens.
        public init() {}
    }

    private let reader: TextFiles
    private let options: Options

    /// A test on these texts.
    public init(_ reader: TextFiles, _ options: Options = Options()) {
        self.reader = reader
        self.options = options
    }

    /// A window of a text.
    private struct Window {
        let document: Int
        let group: String
        let sequence: MaskedModel.Sequence
        /// The tokens behind the masks.
        let targets: [Int32]
    }

    /// Measures a model.
    /// - Parameters:
    ///   - model: the model.
    ///   - progress: called now and then with the number of masked tokens done.
    /// - Throws: `TaskError` when the model's logits are not finite; ``CorpusError`` when the corpus cannot be read.
    public func run(_ model: MaskedModel, progress: (Int) -> Void = { _ in }) throws -> MaskedLoss {
        var result = MaskedLoss(seed: options.seed)
        var pending: [Window] = []
        func flush() throws {
            try model.forEachBatch(pending.map(\.sequence)) { range, logits in
                let windows = pending[range]
                let rows = try Self.losses(logits, targets: windows.flatMap(\.targets))
                guard rows.allSatisfy(\.loss.isFinite) else { throw model.notFinite() }
                var row = 0
                for window in windows {
                    for _ in window.targets {
                        result.add(
                            rows[row].loss, isFound: rows[row].isFirst, document: window.document, group: window.group)
                        row += 1
                    }
                }
            }
            pending.removeAll()
            progress(result.total.tokens)
        }
        let sizes = try forEachWindow(model.tokenizer, maskID: model.maskID, capacity: model.capacity) { window in
            pending.append(window)
            if pending.count == 64 { try flush() }
        }
        try flush()
        return try finished(result, sizes)
    }

    /// Measures what knowing only the frequency of each token is worth, on the same masks.
    /// - Parameters:
    ///   - baseline: the frequencies.
    ///   - model: the model to compare with, whose longest window is used.
    /// - Throws: ``CorpusError`` when the corpus cannot be read.
    public func run(_ baseline: UnigramBaseline, of model: MaskedModel) throws -> MaskedLoss {
        var result = MaskedLoss(seed: options.seed)
        let sizes = try forEachWindow(baseline.tokenizer, maskID: 0, capacity: model.capacity) { window in
            for id in window.targets {
                result.add(
                    baseline.loss(of: id), isFound: baseline.ranks[Int(id)] == 0, document: window.document,
                    group: window.group)
            }
        }
        return try finished(result, sizes)
    }

    private func finished(_ result: MaskedLoss, _ sizes: [TextSize]) throws -> MaskedLoss {
        var result = result
        for size in sizes { result.addText(tokens: size.tokens, bytes: size.bytes, group: size.group) }
        guard result.total.tokens > 0 else {
            throw CorpusError(.empty, file: reader.files.first ?? "", "has no text to measure a loss on")
        }
        return result
    }

    /// How much of a group a text is.
    private struct TextSize {
        let tokens: Int
        let bytes: Int
        let group: String
    }

    /// Cuts the texts into windows and masks them; returns the size of each text.
    private func forEachWindow(
        _ tokenizer: Tokenizer, maskID: Int32, capacity: Int, _ body: (Window) throws -> Void
    ) throws -> [TextSize] {
        let room = max(1, min(capacity, options.maximumTokens - tokenizer.specialTokenCount()))
        var (document, number) = (0, 0)
        var sizes: [TextSize] = []
        try reader.forEach { text in
            let ids = try tokenizer.encode(text.string, addSpecialTokens: false).ids
            let group = text.property(options.groupKey) ?? "text"
            sizes.append(TextSize(tokens: ids.count, bytes: text.text.count, group: group))
            for start in stride(from: 0, to: ids.count, by: room) {
                var window = Array(ids[start..<min(ids.count, start + room)])
                let masks = Self.masks(window.count, rate: options.maskRate, seed: options.seed, number: number)
                let targets = masks.map { window[$0] }
                for mask in masks { window[mask] = maskID }
                try body(
                    Window(
                        document: document, group: group, sequence: .init(ids: window, masks: masks), targets: targets))
                number += 1
            }
            document += 1
        }
        return sizes
    }

    /// Which tokens of a window are masked: a draw without replacement, ascending.
    package static func masks(_ count: Int, rate: Double, seed: UInt64, number: Int) -> [Int] {
        var random = SeededRandom(seed: seed, number)
        var positions = Array(0..<count)
        let wanted = min(count, max(1, Int((Double(count) * rate).rounded())))
        for index in 0..<wanted { positions.swapAt(index, index + random.next(below: count - index)) }
        return positions[..<wanted].sorted()
    }

    /// For each row of logits, -log softmax at the target, and whether the target has the largest logit.
    package static func losses(_ logits: Tensor, targets: [Int32]) throws -> [(loss: Double, isFirst: Bool)] {
        let size = logits.shape[1]
        return try logits.withFloats { logits in
            let results = Mutex([(loss: Double, isFirst: Bool)](repeating: (.nan, false), count: targets.count))
            // The buffer is only read, and outlives the loop.
            nonisolated(unsafe) let logits = logits
            DispatchQueue.concurrentPerform(iterations: (targets.count + 15) / 16) { part in
                for row in part * 16..<min(targets.count, part * 16 + 16) {
                    let scores = UnsafeBufferPointer(rebasing: logits[row * size..<(row + 1) * size])
                    let result = Self.loss(scores, target: Int(targets[row]))
                    results.withLock { $0[row] = result }
                }
            }
            return results.withLock { $0 }
        }
    }

    private static func loss(_ logits: UnsafeBufferPointer<Float>, target: Int) -> (loss: Double, isFirst: Bool) {
        var largest = -Float.infinity
        for logit in logits { largest = max(largest, logit) }
        var sum = 0.0
        for logit in logits { sum += Double(exp(logit - largest)) }
        return (log(sum) - Double(logits[target] - largest), logits[target] == largest)
    }
}
