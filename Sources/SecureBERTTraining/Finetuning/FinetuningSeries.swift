import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// Fine-tunes once for each seed of a recipe, and keeps the best of the models.
///
///     OUTPUT/seed-1/, seed-2/, ...   a run each, see RunFolder
///     OUTPUT/model/                  the best checkpoint of the best seed
///     OUTPUT/adapter/                its adapter, when the recipe asks for one
///     OUTPUT/summary.json            the seeds' results, their mean and deviation
public struct FinetuningSeries {
    /// What came of a seed.
    public struct Outcome: Sendable, Equatable {
        public let seed: UInt64
        /// The best value of the measure.
        public let value: Double
    }

    /// What came of all seeds.
    public struct Summary: Sendable, Equatable {
        public let measure: Measure
        public let outcomes: [Outcome]
        /// The seed whose model was kept.
        public let bestSeed: UInt64

        public var mean: Double { outcomes.reduce(0) { $0 + $1.value } / Double(max(outcomes.count, 1)) }

        /// The sample standard deviation; 0 for one seed.
        public var deviation: Double {
            guard outcomes.count > 1 else { return 0 }
            let squares = outcomes.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
            return (squares / Double(outcomes.count - 1)).squareRoot()
        }

        /// As in `summary.json`.
        public var json: JSON {
            [
                "metric": .string(measure.name), "mean": .number(mean), "deviation": .number(deviation),
                "best_seed": .integer(Int(clamping: bestSeed)),
                "seeds": .array(
                    outcomes.map { ["seed": .integer(Int(clamping: $0.seed)), "value": .number($0.value)] }),
            ]
        }
    }

    private let recipe: FinetuningRecipe
    private let output: RunFolder
    private let compute: Compute

    /// - Parameters:
    ///   - recipe: How to train, and the seeds.
    ///   - output: The folder; made when it does not exist.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: `CheckpointError` when the folder cannot be made.
    public init(_ recipe: FinetuningRecipe, output: String, compute: Compute) throws {
        self.recipe = recipe
        self.output = try RunFolder(path: output)
        self.compute = compute
    }

    /// Trains; goes on where it was stopped.
    /// - Parameters:
    ///   - makeTask: The task for a seed.
    ///   - shouldStop: Asked after every step; when true the state is saved and the method returns.
    ///   - report: Told of every event, with the examples seen and those to be seen by the runs of all seeds.
    /// - Returns: What came out; nil when it was stopped.
    /// - Throws: What training throws.
    public func run<Task: FinetuningTask>(
        _ makeTask: (UInt64) throws -> Task, shouldStop: () -> Bool = { false },
        report: (_ seen: Int, _ total: Int, TrainingEvent) -> Void = { _, _, _ in }
    ) throws -> Summary? {
        var outcomes: [Outcome] = []
        var best: (value: Double, seed: UInt64)?
        var measure: Measure?
        for (number, seed) in recipe.seeds.enumerated() {
            let objective = try Finetuning(makeTask(seed), recipe, seed: seed, compute: compute)
            let folder = try RunFolder(path: runFolder(seed))
            let trainer = try Trainer(objective, settings: objective.settings, folder: folder, compute: compute)
            let examples = objective.exampleTotal
            let isComplete = try trainer.run(shouldStop: shouldStop) {
                report(number * examples + objective.seen, recipe.seeds.count * examples, $0)
            }
            guard isComplete else { return nil }
            guard let value = trainer.best else {
                throw TrainingError(.mismatch, "\(recipe.file): nothing was measured, so no model can be chosen")
            }
            outcomes.append(Outcome(seed: seed, value: value))
            if objective.measure.isBetter(value, than: best?.value) { best = (value, seed) }
            measure = objective.measure
        }
        guard let best, let measure else { return nil }
        let summary = Summary(measure: measure, outcomes: outcomes, bestSeed: best.seed)
        let source = FileSystem.join(runFolder(best.seed), "best")
        try output.replaceModel("model") { target in
            try FileSystem.copyFiles(from: source, to: target, except: LowRankAdapter.folderName)
        }
        if recipe.lora != nil {
            try output.replaceModel(LowRankAdapter.folderName) { target in
                try FileSystem.copyFiles(from: FileSystem.join(source, LowRankAdapter.folderName), to: target)
            }
        }
        try AtomicFile.write(
            Array((summary.json.prettyText + "\n").utf8), to: FileSystem.join(output.path, "summary.json"))
        return summary
    }

    private func runFolder(_ seed: UInt64) -> String { FileSystem.join(output.path, "seed-\(seed)") }
}
