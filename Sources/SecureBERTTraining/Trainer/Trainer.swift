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
    private var steps = 0
    private var tokens = 0
    /// The deciding number of the best checkpoint so far; nil before the first evaluation.
    public private(set) var best: Double?
    private var evaluationsSinceBest = 0

    /// - Parameters:
    ///   - objective: What to train.
    ///   - settings: How.
    ///   - folder: Where the run lives.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: ``TrainingError`` when the folder holds another run or no usable checkpoint; `TensorError` when memory is
    ///   exhausted.
    public init(_ objective: Objective, settings: TrainerSettings, folder: RunFolder, compute: Compute) throws {
        self.objective = objective
        self.settings = settings
        self.folder = folder
        self.compute = compute
        let layerCount = LayerDepth.count(objective.parameters.map(\.name))
        optimizer = try AdamW(
            objective.parameters, settings: settings.optimizer,
            rateFactor: { LayerDepth.rateFactor($0, decay: settings.layerDecay, layerCount: layerCount) },
            compute: compute)
        if let checkpoint = try folder.latestCheckpoint() {
            try checkpoint.checkIdentity(objective.identity)
            try objective.restore(
                modelFolder: checkpoint.modelFolder, state: checkpoint.dataState, file: checkpoint.stateFile)
            let moments = try SafetensorsFile(path: checkpoint.optimizerFile)
            try optimizer.restore(steps: checkpoint.steps) { try moments.tensor(named: $0) }
            steps = checkpoint.steps
            tokens = checkpoint.tokens
            best = checkpoint.best
            evaluationsSinceBest = checkpoint.evaluationsSinceBest
        }
        log = try TrainingLog(folder: folder, keepingUntil: steps)
    }

    /// Trains until the run is complete, or until it is told to stop.
    /// - Parameters:
    ///   - shouldStop: Asked after every step; when true the state is saved and the method returns.
    ///   - report: Told of every event.
    /// - Returns: Whether the run is complete.
    /// - Throws: ``TrainingError`` when the loss or the gradients are no longer numbers, after which the last checkpoint is
    ///   still there; what loading, saving and computing throw.
    @discardableResult
    public func run(shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }) throws -> Bool {
        if steps > 0 { report(.resumed(step: steps)) }
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
        let progress = objective.progress
        let learningRate = settings.learningRate * settings.schedule.factor(at: progress)
        var loss = 0.0
        var stepTokens = 0
        for (number, part) in try objective.nextStep(steps).enumerated() {
            let tape = GradientTape()
            let recording = settings.recording(compute, on: tape, step: steps, part: number)
            let partLoss = try objective.loss(of: part, recording)
            loss += Double(try partLoss.floats().first ?? .nan)
            guard loss.isFinite else { throw diverged("the loss is \(loss)", learningRate) }
            try tape.backward(from: partLoss, recording)
            stepTokens += objective.tokens(of: part)
        }
        try objective.willStep(compute)
        let norm = optimizer.step(learningRate: learningRate)
        guard norm.isFinite else { throw diverged("the length of the gradients is \(norm)", learningRate) }
        try objective.didStep(compute)
        steps += 1
        tokens += stepTokens
        return StepRecord(
            step: steps, progress: objective.progress, loss: loss, learningRate: learningRate, gradientNorm: norm,
            tokens: tokens, tokensPerSecond: Double(stepTokens) / ((ContinuousClock.now - start) / .seconds(1)))
    }

    private func diverged(_ what: String, _ learningRate: Double) -> TrainingError {
        let last = (try? folder.latestCheckpoint())?.map { "\($0.folder) (step \($0.steps))" } ?? "none was saved"
        return TrainingError(
            .diverged,
            """
            step \(steps + 1): \(what) at a learning rate of \(learningRate); lower the rate, lengthen the warm-up or clip \
            more, and start from the last good checkpoint: \(last)
            """)
    }

    private func evaluate(_ report: (TrainingEvent) -> Void) throws {
        let metrics = try objective.evaluate(compute)
        let isBest = metrics.first.map { objective.measure.isBetter($0.value, than: best) } ?? false
        evaluationsSinceBest = isBest ? 0 : evaluationsSinceBest + 1
        if isBest {
            best = metrics.first?.value
            try folder.replaceModel("best", objective.saveModel)
        }
        try log.append(step: steps, tokens: tokens, metrics)
        report(.evaluated(step: steps, metrics, isBest: isBest))
    }

    private func save(_ report: (TrainingEvent) -> Void) throws {
        // First the log: lines beyond a checkpoint are dropped when it is resumed, missing ones would stay missing.
        try log.synchronize()
        let checkpoint = try folder.saveCheckpoint(
            steps: steps, tokens: tokens, best: best, evaluationsSinceBest: evaluationsSinceBest,
            dataState: objective.state, identity: objective.identity, optimizer: optimizer.tensors,
            keeping: settings.keptCheckpoints, model: objective.saveModel)
        report(.saved(step: steps, folder: checkpoint))
    }
}
