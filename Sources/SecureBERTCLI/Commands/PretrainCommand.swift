import ArgumentParser
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTraining

/// `securebert pretrain`: a language model from tokens.
struct PretrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pretrain",
        abstract: "Train a model to predict hidden tokens, from scratch or from a checkpoint.",
        usage: "securebert pretrain --recipe <file> --data <dir> -o <dir> [<options>]",
        discussion: """
            The data is a folder made by `securebert corpus tokenize`. The output folder is the run: its log (JSONL, \
            TensorBoard and report.html), its checkpoints, the best and the final model. The same command on the same \
            folder goes on where the run was stopped; Ctrl-C and SIGTERM save first, a second one stops at once. With \
            --jsonl every event is printed as a line of JSON, the last being the summary that --json prints alone.

            EXAMPLES
              securebert pretrain --recipe Recipes/pretrain-mini.toml --data tokens \\
                --tokenizer DIR --output runs/mini
              securebert pretrain --recipe adapt.toml --data tokens --output runs/adapted
              tensorboard --logdir runs
            """)

    @Option(help: ArgumentHelp("What to do, in TOML.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var recipe: String

    @Option(help: ArgumentHelp("Folder of token shards.", valueName: "dir"), completion: .directory)
    var data: String

    @Option(
        help: ArgumentHelp("Folder with the tokenizer of the data. Default: that of the checkpoint.", valueName: "dir"),
        completion: .directory)
    var tokenizer: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder of the run.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Stop after this many steps, to go on later.", valueName: "n"))
    var steps: Int?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var results: OutputOptions

    mutating func validate() throws {
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, found \(steps)") }
    }

    func run() throws {
        let recipe = try PretrainingRecipe(path: recipe)
        let compute = try Compute(threads: threads.threads)
        let objective = try MaskedLanguageModeling(
            recipe, corpus: TokenCorpus(folder: data), tokenizerFolder: tokenizer, compute: compute)
        let trainer = try Trainer(
            objective, settings: recipe.settings, folder: RunFolder(path: output), compute: compute)
        results.messages.note(
            """
            \(objective.parameterCount.grouped) parameters, \(recipe.tokens.grouped) tokens in \
            \(recipe.stages.count.counted("stage")), \(compute.threads.counted("thread")), \(Compute.instructionSet)
            """)
        let progress = ProgressBar(
            "pretraining", total: recipe.tokens, unit: .tokens, isEnabled: !results.messages.quiet)
        defer { progress.finish() }
        var printer = EventPrinter(options: results)
        var writer = EventWriter(results.format)
        var taken = 0
        var start = 0
        let isComplete = try Interruption.deferred { isRequested in
            let isComplete = try trainer.run(
                shouldStop: { isRequested() || writer.failure != nil || steps.map { taken >= $0 } ?? false }
            ) { event in
                if case .step(let record) = event {
                    if taken == 0 { start = record.tokens }
                    taken += 1
                    progress.update(completed: record.tokens, processed: record.tokens - start)
                }
                printer.print(event, clearing: progress)
                writer.write(event)
            }
            progress.finish()
            // Here, so that a run that a signal has stopped says where it stands as well.
            writer.write(summary(of: trainer, writer.lastLoss, isComplete: isComplete))
            return isComplete
        }
        results.messages.note(
            isComplete
                ? "done: the model is in \(output)/model"
                : "stopped; the same command goes on from the last checkpoint")
        if let failure = writer.failure { throw failure }
    }

    /// Where a run stands.
    private func summary(
        of trainer: Trainer<MaskedLanguageModeling>, _ loss: Double?, isComplete: Bool
    ) -> [(String, JSON)] {
        [
            ("output", .string(output)), ("complete", .bool(isComplete)), ("steps", .integer(trainer.steps)),
            ("tokens", .integer(trainer.tokens)), ("loss", loss.map(JSON.number) ?? .null),
            ("best", trainer.best.map(JSON.number) ?? .null),
            ("model", isComplete ? .string("\(output)/model") : .null),
        ]
    }
}
