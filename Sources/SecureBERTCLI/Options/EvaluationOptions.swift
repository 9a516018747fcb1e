import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTraining

/// What all `evaluate` commands have in common.
struct EvaluationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Seed of intervals, and of masks.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("Write a page with plots, too.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @OptionGroup var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    /// Prints a report, as Markdown or as JSON, and writes its page.
    func print(_ report: EvaluationReport) throws {
        if let html { try AtomicFile.write(Array(report.html.utf8), to: OutputPath.check(html)) }
        try StandardOutput.scope { out in
            if output.format == .text {
                try out.write(report.markdown)
            } else {
                try out.writeLine(report.json.text)
            }
        }
    }

    /// Loads a model with a head.
    func load(
        _ name: ModelNameOption, head: ModelHead, default shipped: ShippedModel = .base
    ) throws -> PretrainedModel {
        var options = ModelOptions()
        (options.name, options.compute) = (name, compute)
        return try options.load(output.messages, head: head, default: shipped)
    }

    /// Loads a model that another option than `--model` names.
    func load(_ name: String, head: ModelHead) throws -> PretrainedModel {
        var option = ModelNameOption()
        option.model = name
        return try load(option, head: head)
    }

    /// A bar that is told how far an evaluation is.
    func progress(_ title: String, _ unit: ProgressBar.Unit) -> ProgressBar {
        ProgressBar(title, unit: unit, isEnabled: !output.messages.quiet)
    }
}

/// The training data of a model, to look for what a test shares with it.
struct LeakOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("What the model was trained on: says what of it is in the test data.", valueName: "file"),
        completion: .file())
    var train: [String] = []

    /// What of the test data is in the training data, in one sentence; nil without training data.
    func note(
        _ test: [SplitOverlap.Item], comparison: SplitOverlap.Comparison = .prose,
        read: (String) throws -> [SplitOverlap.Item]
    ) throws -> String? {
        guard !train.isEmpty else { return nil }
        let overlap = SplitOverlap(try train.flatMap(read), test, comparison: comparison)
        guard !overlap.isEmpty else { return "Leak check: none of the test examples is in the training data." }
        let ids = overlap.ids.isEmpty ? "" : ", and \(overlap.ids.count) ids"
        let lines = overlap.texts.prefix(5).map { "\($0.second.line)" }.joined(separator: ", ")
        return """
            Leak check: \(overlap.texts.count) of the \(test.count) test examples are in the training data\(ids) \
            (lines \(lines)\(overlap.texts.count > 5 ? ", ..." : "") of the test data).
            """
    }
}
