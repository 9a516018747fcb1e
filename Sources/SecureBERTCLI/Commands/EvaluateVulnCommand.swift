import ArgumentParser
import SecureBERT
import SecureBERTTraining

/// `securebert evaluate vuln`: how well vulnerable functions are told from safe ones.
struct EvaluateVulnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vuln",
        abstract: "Measure how well a model tells vulnerable functions from safe ones.",
        usage: "securebert evaluate vuln --data <file> [--pairs <file>] [<options>]",
        discussion: """
            Data are JSON lines {"code", "label", "cwe", "project"}, pairs {"vulnerable", "fixed"}. A function's score is 1 \
            less the probability of the label "safe". Intervals hold 95 % of 1,000 samples of the functions.

            EXAMPLES
              securebert evaluate vuln --model DIR --data test.jsonl --pairs pairs-test.jsonl
              securebert evaluate vuln --model DIR --data test.jsonl --calibrated --save-triage
              securebert evaluate vuln --model DIR --data test.jsonl --train train.jsonl \\
                --calibrate-on valid.jsonl --html report.html
            """)

    @OptionGroup var model: ModelNameOption

    @Option(help: ArgumentHelp("Labelled functions.", valueName: "file"), completion: .file())
    var data: String

    @Option(help: ArgumentHelp("Functions before and after their fix.", valueName: "file"), completion: .file())
    var pairs: String?

    @Flag(
        help: "Write how often scores were right into the model's folder, where securebert scan reads it (triage.json)."
    )
    var saveTriage = false

    @OptionGroup var calibration: CalibrationOptions
    @OptionGroup var leak: LeakOptions
    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        let loaded = try evaluation.load(model, head: .sequenceClassification, default: .vulnerability)
        let classifier = try TextClassifier(loaded)
        guard classifier.labels.contains(VulnerabilityEvaluation.safeLabel) else {
            throw CommandLineError(
                .badInput,
                """
                \(loaded.path.visible): is no model of vulnerable functions, none of its \(classifier.labels.count) labels is \
                \"\(VulnerabilityEvaluation.safeLabel)\"
                """, hint: "take securebert-mini-vuln, or train a model with securebert finetune vuln")
        }
        let calibration = try calibration.resolve(classifier, folder: loaded.path) { path in
            let dataset = try VulnerabilityDataset(path: path)
            try dataset.requireTwoClasses()
            return try Self.measure(dataset, nil, classifier, evaluation).calibration
        }
        if saveTriage {
            // The last two names tell the data; the folders before them are this machine's.
            let name = data.split(separator: "/").suffix(2).joined(separator: "/")
            let dataset = try VulnerabilityDataset(path: data)
            try dataset.requireTwoClasses()
            try Self.measure(dataset, nil, classifier, evaluation)
                .triage(calibration: calibration ?? classifier.calibration(), data: name)
                .write(toFolder: loaded.path)
        }
        let section = try Self.section(
            data, pairs: pairs, classifier, calibration: calibration, leak, evaluation)
        try evaluation.print(
            EvaluationReport(
                title: "Vulnerable functions",
                settings: [("model", loaded.path), ("seed of intervals", "\(evaluation.seed)")], sections: [section]))
    }

    /// The part of a report on a file.
    static func section(
        _ path: String, pairs: String?, _ classifier: TextClassifier, calibration: ClassifierCalibration?,
        _ leak: LeakOptions, _ evaluation: EvaluationOptions
    ) throws -> EvaluationReport.Section {
        let dataset = try VulnerabilityDataset(path: path)
        let pairs = try pairs.map { try VulnerabilityPairs(path: $0) }
        let note = try leak.note(dataset.splitItems + (pairs?.splitItems ?? []), comparison: .code) {
            try VulnerabilityDataset(path: $0).splitItems
        }
        var section = try measure(dataset, pairs, classifier, evaluation)
            .section(path, calibration: calibration, seed: evaluation.seed)
        if let note { section.notes.append(note) }
        return section
    }

    private static func measure(
        _ dataset: VulnerabilityDataset, _ pairs: VulnerabilityPairs?, _ classifier: TextClassifier,
        _ evaluation: EvaluationOptions
    ) throws -> VulnerabilityEvaluation {
        let progress = evaluation.progress("scoring", .examples)
        defer { progress.finish() }
        return try VulnerabilityEvaluation(classifier, dataset, pairs: pairs) {
            progress.update(completed: $0, total: $1)
        }
    }
}
