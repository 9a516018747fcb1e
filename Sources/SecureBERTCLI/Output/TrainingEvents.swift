import SecureBERTJSON
import SecureBERTTraining

/// Writes what a trainer tells on the standard output when JSON is asked for: lines of events, or the summary alone.
struct EventWriter {
    private let output = StandardOutput()
    private let format: ResultFormat
    /// The loss of the last step; nil before the first.
    private(set) var lastLoss: Double?
    /// Why nothing more can be written, if so. A run without its reader is to save and stop.
    private(set) var failure: (any Error)?

    init(_ format: ResultFormat) { self.format = format }

    mutating func write(_ event: TrainingEvent) {
        if case .step(let record) = event { lastLoss = record.loss }
        if format == .jsonLines { write(line: Self.json(event)) }
    }

    /// - Parameter summary: The members of the document that stands alone, or behind the events.
    mutating func write(_ summary: [(String, JSON)]) {
        switch format {
        case .text: return
        case .json: write(line: .object(.init(summary)))
        case .jsonLines: write(line: .object(.init([("event", "summary")] + summary)))
        }
    }

    private mutating func write(line: JSON) {
        guard failure == nil else { return }
        do {
            try output.writeLine(line.text)
            try output.flush()
        } catch {
            failure = error
        }
    }

    /// An event, with the names that the log has.
    private static func json(_ event: TrainingEvent) -> JSON {
        switch event {
        case .resumed(let step): ["event": "resumed", "step": .integer(step)]
        case .otherThreads(let saved, let now):
            ["event": "threads", "saved": .integer(saved), "now": .integer(now)]
        case .step(let record):
            [
                "event": "step", "step": .integer(record.step), "progress": .number(record.progress),
                "loss": .number(record.loss), "learningRate": .number(record.learningRate),
                "gradientNorm": .number(record.gradientNorm), "tokens": .integer(record.tokens),
                "tokensPerSecond": .number(record.tokensPerSecond.rounded()),
            ]
        case .evaluated(let step, let metrics, let isBest):
            [
                "event": "evaluation", "step": .integer(step), "best": .bool(isBest),
                "evaluation": .object(.init(metrics.map { ($0.name, .number($0.value)) })),
            ]
        case .saved(let step, let folder):
            ["event": "checkpoint", "step": .integer(step), "folder": .string(folder)]
        }
    }
}

/// Shows what a trainer tells to people, on the standard error.
struct EventPrinter {
    let options: OutputOptions
    private var smoothedLoss: Double?

    init(options: OutputOptions) { self.options = options }

    mutating func print(_ event: TrainingEvent, clearing progress: ProgressBar) {
        switch event {
        case .resumed(let step): options.messages.note("going on from step \(step.grouped)")
        case .otherThreads(let saved, let now):
            options.messages.note(
                """
                the run was saved with \(saved.counted("thread")) and goes on with \(now): it is as good, but not the same to \
                the last bit; for that take --threads \(saved)
                """)
        case .step(let record):
            if record.step == 1 { smoothedLoss = nil }  // another seed
            smoothedLoss = (smoothedLoss ?? record.loss) * 0.95 + record.loss * 0.05
            guard record.step.isMultiple(of: 50) || record.step == 1 else { return }
            progress.finish()
            options.messages.note(
                """
                step \(record.step.grouped): loss \((smoothedLoss ?? 0).fixed(4)), \
                \(Int(record.tokensPerSecond).grouped) tokens/s, \(record.tokens.grouped) tokens, \
                rate \(record.learningRate.fixed(6)), gradient \(record.gradientNorm.fixed(2))
                """)
        case .evaluated(let step, let metrics, let isBest):
            progress.finish()
            let values = metrics.map { "\($0.name) \($0.value.fixed(4))" }.joined(separator: ", ")
            options.messages.note("step \(step.grouped): validation \(values)\(isBest ? ", the best so far" : "")")
        case .saved: break
        }
    }
}
