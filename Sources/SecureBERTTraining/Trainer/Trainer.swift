import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

/// Runs the steps of a training, measures, logs, saves and resumes.
///
/// A run lives in a folder (``RunFolder``). Started again on the same folder, it goes on from the last checkpoint and does
/// what it would have done: with the same number of threads, bit for bit.
public final class Trainer<Objective: TrainingObjective> {
    private let objective: Objective
    private let settings: TrainerSettings
    private let folder: RunFolder
    private let log: TrainingLog
    private let optimizer: AdamW
    private let compute: Compute
    /// Steps taken so far, those before the run was resumed included.
    public private(set) var steps = 0
    /// Tokens seen so far.
    public private(set) var tokens = 0
    /// The rate of the step that is being taken or was taken last.
    private var learningRate = 0.0
    /// The number of threads of the run that saved the checkpoint this one goes on from, if it says.
    private var savedThreads: Int?
    /// The deciding number of the best checkpoint so far; nil before the first evaluation.
    public private(set) var best: Double?
    private var evaluationsSinceBest = 0

    /// - Parameters:
    ///   - objective: What to train.
    ///   - settings: How.
    ///   - folder: Where the run lives.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when the folder holds another run or a damaged checkpoint, or when the weights to begin with
    ///   are not finite; `TensorError` when memory is exhausted.
    public init(_ objective: Objective, settings: TrainerSettings, folder: RunFolder, compute: Compute) throws {
        self.objective = objective
        self.settings = settings
        self.folder = folder
        self.compute = compute
        let layerCount = LayerDepth.count(objective.parameters.map(\.name))
        let optimizer = try AdamW(
            objective.parameters, settings: settings.optimizer,
            rateFactor: { LayerDepth.rateFactor($0, decay: settings.layerDecay, layerCount: layerCount) },
            compute: compute)
        self.optimizer = optimizer
        if let checkpoint = try folder.latestCheckpoint() {
            try checkpoint.checkIdentity(objective.identity)
            try checkpoint.reading {
                try objective.restore(
                    modelFolder: checkpoint.modelFolder, state: checkpoint.dataState, file: checkpoint.stateFile)
                let moments = try SafetensorsFile(path: checkpoint.optimizerFile)
                try optimizer.restore(steps: checkpoint.steps) { try moments.tensor(named: $0) }
            }
            if let name = try Self.firstNotFinite(objective, optimizer) {
                throw checkpoint.damaged("\(name) holds numbers that are not finite")
            }
            savedThreads = checkpoint.threads
            steps = checkpoint.steps
            tokens = checkpoint.tokens
            best = checkpoint.best
            evaluationsSinceBest = checkpoint.evaluationsSinceBest
        } else if let name = try Self.firstNotFinite(objective, optimizer) {
            throw TrainingError(
                .mismatch,
                "\(folder.path): \(name) of the model to begin with holds numbers that are not finite; begin with another model"
            )
        }
        log = try TrainingLog(folder: folder, keepingUntil: steps)
    }

    /// Trains until the run is complete, or until it is told to stop.
    /// - Parameters:
    ///   - shouldStop: Asked after every step; when true the state is saved and the method returns.
    ///   - report: Told of every event.
    /// - Returns: Whether the run is complete.
    /// - Throws: ``TrainingError`` when the loss, the gradients, the weights or what was measured are no longer numbers, after
    ///   which the last good checkpoint and the best model are still there; what loading, saving and computing throw.
    @discardableResult
    public func run(shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }) throws -> Bool {
        if steps > 0 { report(.resumed(step: steps)) }
        if let savedThreads, savedThreads != compute.threads {
            report(.otherThreads(saved: savedThreads, now: compute.threads))
        }
        // Every step allocates the same results again.
        Compute.keepForReuse(byteCount: 2 << 30)
        defer { Compute.keepForReuse(byteCount: 128 << 20) }
        var savedAt = steps
        while !isComplete {
            let record = try step()
            if steps.isMultiple(of: settings.logInterval) { try log.append(record) }
            report(.step(record))
            if objective.progress >= 1 || steps.isMultiple(of: settings.evaluationInterval) { try evaluate(report) }
            let stops = !isComplete && shouldStop()
            if isComplete || stops || steps.isMultiple(of: settings.checkpointInterval) {
                try save(report)
                savedAt = steps
            }
            if stops { return false }
        }
        if savedAt != steps { try save(report) }
        try folder.replaceModel("model", objective.saveModel)
        return true
    }

    /// Whether all steps were taken, or evaluations have not improved for too long.
    private var isComplete: Bool {
        objective.progress >= 1 || settings.patience.map { evaluationsSinceBest >= $0 } ?? false
    }

    /// One optimizer step.
    private func step() throws -> StepRecord {
        let start = ContinuousClock.now
        learningRate = settings.learningRate * settings.schedule.factor(at: objective.progress)
        var loss = 0.0
        var stepTokens = 0
        for (number, part) in try objective.nextStep(steps).enumerated() {
            let tape = GradientTape()
            let recording = settings.recording(compute, on: tape, step: steps, part: number)
            let partLoss = try objective.loss(of: part, recording)
            loss += Double(try partLoss.floats().first ?? .nan)
            guard loss.isFinite else { throw diverged(atStep: steps + 1, "the loss is \(loss)") }
            try tape.backward(from: partLoss, recording)
            stepTokens += objective.tokens(of: part)
        }
        try objective.willStep(compute)
        let norm = optimizer.step(learningRate: learningRate)
        guard norm.isFinite else { throw diverged(atStep: steps + 1, "the length of the gradients is \(norm)") }
        try objective.didStep(compute)
        steps += 1
        tokens += stepTokens
        return StepRecord(
            step: steps, progress: objective.progress, loss: loss, learningRate: learningRate, gradientNorm: norm,
            tokens: tokens, tokensPerSecond: Double(stepTokens) / ((ContinuousClock.now - start) / .seconds(1)))
    }

    private func diverged(atStep step: Int, _ what: String) -> TrainingError {
        let last = (try? folder.latestCheckpoint())?.map { "\($0.folder) (step \($0.steps))" } ?? "none was saved"
        return TrainingError(
            .diverged,
            """
            step \(step): \(what) at a learning rate of \(learningRate); lower the rate, lengthen the warm-up or clip \
            more, and start from the last good checkpoint: \(last)
            """)
    }

    /// Refuses to save what is no longer a model: it would take the place of a good one.
    private func checkFinite() throws {
        guard let name = try Self.firstNotFinite(objective, optimizer) else { return }
        throw diverged(atStep: steps, "\(name) holds numbers that are not finite")
    }

    /// The name of the first weight, or moment of the optimizer, that is not finite; nil when all are.
    private static func firstNotFinite(_ objective: Objective, _ optimizer: AdamW) throws -> String? {
        let weights = objective.parameters.map { (name: $0.name, tensor: $0.value) }
        return try (weights + optimizer.tensors).first { try !$0.tensor.isFinite }?.name
    }

    private func evaluate(_ report: (TrainingEvent) -> Void) throws {
        let metrics = try objective.evaluate(compute)
        if let deciding = metrics.first, !deciding.value.isFinite {
            throw diverged(atStep: steps, "the validation \(deciding.name) is \(deciding.value)")
        }
        let isBest = metrics.first.map { objective.measure.isBetter($0.value, than: best) } ?? false
        evaluationsSinceBest = isBest ? 0 : evaluationsSinceBest + 1
        if isBest {
            try checkFinite()
            best = metrics.first?.value
            try folder.replaceModel("best", objective.saveModel)
        }
        try log.append(step: steps, tokens: tokens, metrics)
        report(.evaluated(step: steps, metrics, isBest: isBest))
    }

    private func save(_ report: (TrainingEvent) -> Void) throws {
        try checkFinite()
        // First the log: lines beyond a checkpoint are dropped when it is resumed, missing ones would stay missing.
        try log.synchronize()
        let checkpoint = try folder.saveCheckpoint(
            steps: steps, tokens: tokens, best: best, evaluationsSinceBest: evaluationsSinceBest,
            threads: compute.threads, dataState: objective.state, identity: objective.identity,
            optimizer: optimizer.tensors, keeping: settings.keptCheckpoints, model: objective.saveModel)
        report(.saved(step: steps, folder: checkpoint))
    }
}
