import SecureBERT
/// How a text classifier is fine-tuned: the common keys and the table of the task, `[classify]` or `[vuln]`.
public struct SequenceClassificationRecipe: Sendable {
    /// What errors cost.
    public enum Loss: String, Sendable, CaseIterable {
        /// Of one label, or of each label by itself where a text can have several.
        case crossEntropy = "cross-entropy"
        /// Certain texts count less; one label only.
        case focal
        /// Easy absent labels count less; several labels only, without weights.
        case asymmetric
    }

    /// How rare labels are helped.
    public enum Balance: String, Sendable, CaseIterable {
        case none
        /// Each label's texts count together as much as those of any other.
        case weights
        /// Each label's texts are drawn as often as those of any other; one label only.
        case sampling
    }

    /// What decides which checkpoint is the best.
    public enum Criterion: String, Sendable, CaseIterable {
        case accuracy
        case macroF1 = "macro-f1"
        case microF1 = "micro-f1"
        /// Matthews correlation coefficient.
        case correlation = "mcc"
        /// Mean over labels, or that of the one positive class.
        case averagePrecision = "average-precision"
    }

    /// How token states become one vector, for ModernBERT.
    public enum Pooling: String, Sendable, CaseIterable {
        case cls, mean
    }

    public internal(set) var common: FinetuningRecipe
    public let loss: Loss
    public let balance: Balance
    public let criterion: Criterion
    let pooling: Pooling?
    /// The exponent of the focal loss, and of the asymmetric loss for absent labels.
    let focus: Double
    /// The part of each target that is spread over all labels, or between present and absent where labels are independent;
    /// cross-entropy only.
    let smoothing: Float
    /// The part of the texts without any label that is left out of an epoch; several labels only.
    let droppedNegatives: Double
    /// What thresholds of several labels a text are chosen for, when the best model is calibrated.
    public let thresholds: ClassifierCalibration.Thresholds
    /// Tokens that neighbouring windows of a long text share.
    let overlap: Int

    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found; `CheckpointError` when the file cannot
    ///   be read.
    public init(path: String) throws {
        let reader = try RecipeReader(path: path)
        try self.init(reader, table: "classify")
        try reader.finish()
    }

    /// - Parameters:
    ///   - reader: The file; the caller calls `finish()`.
    ///   - table: Where the task's keys are.
    init(_ reader: RecipeReader, table: String) throws {
        common = try FinetuningRecipe(reader)
        loss = try reader.choice("\(table).loss", default: .crossEntropy)
        balance = try reader.choice("\(table).balance", default: .none)
        criterion = try reader.choice("\(table).best-by", default: .macroF1)
        pooling = try reader.optionalChoice("\(table).pooling")
        focus = try reader.double("\(table).focus", in: 0...10, default: loss == .asymmetric ? 4 : 2)
        smoothing = Float(try reader.double("\(table).label-smoothing", in: 0...0.5, default: 0))
        guard smoothing == 0 || loss == .crossEntropy else {
            throw reader.error(
                "\(table).label-smoothing",
                "expected 0 for the loss \(loss.rawValue), which does not smooth, found \(smoothing)")
        }
        droppedNegatives = try reader.double("\(table).dropped-negatives", in: 0...1, default: 0)
        thresholds = try reader.choice("\(table).thresholds", default: .shared)
        overlap = try reader.integer("\(table).overlap", in: 0...1 << 20, default: 32)
    }
}
