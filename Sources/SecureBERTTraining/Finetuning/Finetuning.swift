import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// A task that a model is fine-tuned for: its examples, its loss and its measure.
public protocol FinetuningTask: AnyObject {
    associatedtype Part

    /// The model with its head.
    var parameterSet: ParameterSet { get }
    /// What is trained in place of the model's matrices; nil when they are trained themselves.
    var adapter: LowRankAdapter? { get }
    /// The number of training examples.
    var exampleCount: Int { get }
    /// How often each example is drawn, relative to the others; nil for each once an epoch.
    var samplingWeights: [Double]? { get }
    /// A digest of the training data, for resuming.
    var dataDigest: String { get }

    /// The parts of a step.
    /// - Parameters:
    ///   - examples: Which examples.
    ///   - step: The number of the step, from 0, for random choices.
    ///   - compute: Where the arithmetic runs, for what has to be known before the parts.
    func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part]
    /// Tokens in a part.
    func tokens(of part: Part) -> Int
    /// The loss of a part, divided so that those of a step's parts add up to its mean.
    func loss(of part: Part, _ compute: Compute) throws -> Tensor
    /// Which of the measured numbers decides what the best checkpoint is.
    var measure: Measure { get }
    /// What is measured on the validation examples, the deciding number first.
    func evaluate(_ compute: Compute) throws -> [Metric]
    /// The content of the model's `config.json`.
    var modelConfiguration: JSON { get }
    /// Saves what a model folder holds beside configuration, weights and tokenizer: how vectors are made of token states.
    func saveSettings(to folder: String) throws
    /// Saves the model as a folder that can be loaded.
    func saveModel(to folder: String) throws
}

extension FinetuningTask {
    /// Nothing: only sentence encoders have such settings.
    public func saveSettings(to folder: String) throws {}
}

/// Trains a model for a task: all examples in a new order each epoch, a batch a step.
public final class Finetuning<Task: FinetuningTask>: TrainingObjective {
    private let task: Task
    private let recipe: FinetuningRecipe
    private let seed: UInt64
    private let compute: Compute
    /// Examples seen so far.
    public private(set) var seen = 0
    private var order: (epoch: Int, examples: [Int]) = (-1, [])

    /// - Parameters:
    ///   - task: What to train.
    ///   - recipe: How.
    ///   - seed: Decides order and dropout.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when there are no examples.
    public init(_ task: Task, _ recipe: FinetuningRecipe, seed: UInt64, compute: Compute) throws {
        guard task.exampleCount > 0 else {
            throw TrainingError(.mismatch, "\(recipe.file): the training data has no examples")
        }
        self.task = task
        self.recipe = recipe
        self.seed = seed
        self.compute = compute
    }

    /// Steps of an epoch.
    public var stepsPerEpoch: Int { (task.exampleCount + recipe.batchSize - 1) / recipe.batchSize }

    /// The recipe's settings for this run.
    public var settings: TrainerSettings {
        var settings = recipe.settings
        settings.seed = seed
        if !recipe.hasEvaluationInterval { settings.evaluationInterval = stepsPerEpoch }
        return settings
    }

    public var parameters: [Parameter] { task.adapter?.parameters ?? task.parameterSet.parameters }

    /// Examples to be seen.
    public var exampleTotal: Int { max(1, Int((recipe.epochs * Double(task.exampleCount)).rounded())) }

    public var progress: Double { min(1, Double(seen) / Double(exampleTotal)) }

    public var state: JSON { ["seen": .integer(seen)] }

    public var identity: [(name: String, value: String)] {
        [("recipe", recipe.canonicalText), ("seed", String(seed)), ("data", task.dataDigest)]
    }

    public func nextStep(_ step: Int) throws -> [Task.Part] {
        let epoch = seen / task.exampleCount
        if order.epoch != epoch { order = (epoch, examples(ofEpoch: epoch)) }
        let start = seen % task.exampleCount
        let end = min(start + recipe.batchSize, task.exampleCount)
        seen += end - start
        return try task.parts(of: Array(order.examples[start..<end]), step: step, compute)
    }

    public func tokens(of part: Task.Part) -> Int { task.tokens(of: part) }

    public func loss(of part: Task.Part, _ compute: Compute) throws -> Tensor { try task.loss(of: part, compute) }

    public func willStep(_ compute: Compute) throws { try task.adapter?.projectGradients(compute) }

    public func didStep(_ compute: Compute) throws { try task.adapter?.merge(compute) }

    public var measure: Measure { task.measure }

    public func evaluate(_ compute: Compute) throws -> [Metric] { try task.evaluate(compute) }

    public func saveModel(to folder: String) throws { try task.saveModel(to: folder) }

    public func restore(modelFolder: String, state: JSON, file: String) throws {
        if let adapter = task.adapter {
            try adapter.restore(from: FileSystem.join(modelFolder, LowRankAdapter.folderName), compute)
        } else {
            try task.parameterSet.restore(from: modelFolder, compute)
        }
        guard let seen = state["seen"]?.integerValue, seen >= 0 else {
            throw TrainingError(.badCheckpoint, "\(file): does not say where the run stood in its data")
        }
        self.seen = seen
    }

    /// All examples in a random order, or as many draws by their weights.
    private func examples(ofEpoch epoch: Int) -> [Int] {
        var random = SeededRandom(seed: seed, epoch)
        guard let weights = task.samplingWeights else { return (0..<task.exampleCount).shuffled(using: &random) }
        var ends: [Double] = []
        for weight in weights { ends.append((ends.last ?? 0) + weight) }
        let total = ends.last ?? 0
        return (0..<task.exampleCount).map { _ in
            let point = Double.random(in: 0..<max(total, .leastNonzeroMagnitude), using: &random)
            return min(ends.partitioningIndex { $0 > point }, task.exampleCount - 1)
        }
    }
}

extension [Double] {
    /// The first index whose element fulfils a condition that all later ones fulfil too.
    fileprivate func partitioningIndex(where condition: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
