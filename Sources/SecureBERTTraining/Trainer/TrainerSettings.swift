import SecureBERTTensor

/// How a ``Trainer`` optimizes, measures and saves.
public struct TrainerSettings: Sendable {
    /// What operands of matrix products are rounded to.
    public enum Precision: String, Sendable, CaseIterable {
        case float32 = "f32"
        case bfloat16 = "bf16"
        /// bfloat16 where the processor multiplies it, float32 elsewhere.
        case automatic = "auto"

        var arithmetic: ElementType {
            switch self {
            case .float32: .float32
            case .bfloat16: .bfloat16
            case .automatic: Compute.multipliesBfloat16 ? .bfloat16 : .float32
            }
        }
    }

    /// Decides initial weights, order, masks and dropout.
    public var seed: UInt64
    public let precision: Precision
    /// Whether the inner results of layers are computed again on the way back instead of kept.
    public let recomputesLayers: Bool
    /// The learning rate at its peak.
    public let learningRate: Double
    public let schedule: LearningRateSchedule
    public let optimizer: AdamW.Settings
    /// How much smaller the learning rate of each layer is than that of the layer above; 1 for all alike.
    public let layerDecay: Double
    /// Steps between evaluations, between checkpoints and between lines of the log.
    public var evaluationInterval: Int
    public let checkpointInterval: Int
    public let logInterval: Int
    /// Checkpoints kept.
    public let keptCheckpoints: Int
    /// Evaluations in a row without a better one after which the run ends; nil for never.
    public let patience: Int?

    /// How a part of a step is computed: the same part drops the same elements.
    func recording(_ compute: Compute, on tape: GradientTape, step: Int, part: Int) -> Compute {
        var random = SeededRandom(seed: seed, step, part)
        return compute.recording(
            on: tape, arithmetic: precision.arithmetic, dropout: DropoutKeys(seed: random.next()),
            recomputing: recomputesLayers)
    }

    init(_ reader: RecipeReader) throws {
        seed = UInt64(try reader.integer("seed", in: 0...Int.max, default: 42))
        precision = try reader.choice("precision", default: .automatic)
        recomputesLayers = try reader.bool("recompute-layers", default: false)
        learningRate = try reader.double("optimizer.learning-rate", in: 1e-9...1)
        let clip = try reader.double("optimizer.clip-norm", in: 0...1e9, default: 1)
        optimizer = AdamW.Settings(
            beta1: try reader.double("optimizer.beta1", in: 0...0.9999, default: 0.9),
            beta2: try reader.double("optimizer.beta2", in: 0...0.99999, default: 0.98),
            epsilon: try reader.double("optimizer.epsilon", in: 1e-12...1, default: 1e-6),
            weightDecay: try reader.double("optimizer.weight-decay", in: 0...1, default: 0.01),
            clipNorm: clip > 0 ? clip : nil)
        layerDecay = try reader.double("optimizer.layer-decay", in: 0.1...1, default: 1)
        schedule = LearningRateSchedule(
            shape: try reader.choice("schedule.shape", default: .warmupStableDecay),
            warmup: try reader.double("schedule.warmup", in: 0...1, default: 0.05),
            decay: try reader.double("schedule.decay", in: 0...1, default: 0.1),
            floor: try reader.double("schedule.floor", in: 0...1, default: 0))
        evaluationInterval = try reader.integer("evaluation.every", in: 1...1 << 32, default: 500)
        checkpointInterval = try reader.integer("checkpoint.every", in: 1...1 << 32, default: 200)
        keptCheckpoints = try reader.integer("checkpoint.keep", in: 1...1000, default: 2)
        patience = try reader.optionalInteger("evaluation.patience", in: 1...1 << 32)
        logInterval = try reader.integer("log.every", in: 1...1 << 32, default: 10)
    }
}
