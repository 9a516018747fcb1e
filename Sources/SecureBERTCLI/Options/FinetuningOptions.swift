import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining

/// What all `finetune` commands for one task have in common.
struct FinetuningOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What to do, in TOML.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var recipe: String

    @OptionGroup var data: TrainingDataOptions
    @OptionGroup var series: SeriesOptions

    /// As ``LeakPermission/check(_:_:)``.
    func check(_ data: some TrainingData) throws { try self.data.leaks.check(data, series.results.messages) }

    /// Chooses temperature and thresholds of the best classifier on the validation data and saves them in its folder.
    func calibrate(_ choose: (TextClassifier) throws -> ClassifierCalibration) throws {
        let folder = FileSystem.join(series.output, "model")
        let classifier = try TextClassifier(
            PretrainedModel(
                path: folder, head: .sequenceClassification, compute: Compute(threads: series.threads.threads)))
        try choose(classifier).write(toFolder: folder)
    }
}

/// What is learned from, and what the best model is chosen on.
struct TrainingDataOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Data to learn.", valueName: "file"), completion: .file())
    var train: [String]

    @Option(help: ArgumentHelp("Data to choose the best model on.", valueName: "file"), completion: .file())
    var valid: String

    @OptionGroup var leaks: LeakPermission
}

/// Whether data may be trained on that are also in the validation data.
struct LeakPermission: ParsableArguments {
    @Flag(help: "Train although examples of the training data are in the validation data by their ids.")
    var allowLeaks = false

    /// Refuses validation data with ids of the training data, and says what is odd about them.
    func check(_ data: some TrainingData, _ messages: MessageOptions) throws {
        let overlap = data.overlap
        do {
            if !allowLeaks { try overlap.refuseIDs() }
        } catch {
            throw CommandLineError(.badInput, "\(error)", hint: "--allow-leaks trains anyway")
        }
        for remark in data.remarks + (overlap.remark.map { [$0] } ?? []) { messages.note(remark) }
    }
}

/// The output of a run for each seed of a recipe, and how it is shown.
struct SeriesOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Folder of the runs and of the best model.", valueName: "dir"),
        completion: .directory)
    var output: String

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var results: OutputOptions

    /// Trains once for each seed and tells what came out.
    /// - Returns: Whether it came to its end.
    @discardableResult
    func run<Task: FinetuningTask>(
        _ recipe: FinetuningRecipe, _ makeTask: (UInt64, Compute) throws -> Task
    ) throws -> Bool {
        let compute = try Compute(threads: threads.threads)
        let series = try FinetuningSeries(recipe, output: output, compute: compute)
        let progress = ProgressBar("fine-tuning", unit: .examples, isEnabled: !results.messages.quiet)
        defer { progress.finish() }
        var printer = EventPrinter(options: results)
        var writer = EventWriter(results.format)
        let summary = try Interruption.deferred { isRequested in
            try series.run(
                { try makeTask($0, compute) }, shouldStop: { isRequested() || writer.failure != nil },
                report: { seen, total, event in
                    progress.update(completed: seen, total: total)
                    printer.print(event, clearing: progress)
                    writer.write(event)
                })
        }
        progress.finish()
        if let summary { writer.write(summary.json.objectValue?.members.map { ($0.key, $0.value) } ?? []) }
        if let failure = writer.failure { throw failure }
        guard let summary else {
            results.messages.note("stopped; the same command goes on from the last checkpoint")
            return false
        }
        results.messages.note(
            """
            done: \(summary.measure.name) \(summary.mean.fixed(4)) (deviation \(summary.deviation.fixed(4)) over \
            \(summary.outcomes.count.counted("seed"))); the best model is in \(output)/model
            """)
        return true
    }
}

/// Functions before and after their fix, whose fixed versions are learned as safe.
struct FixedFunctionOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Functions before and after their fix, {\"vulnerable\", \"fixed\"}: learn the fixed ones as safe.",
            valueName: "file"),
        completion: .file())
    var pairs: [String] = []
}
