import ArgumentParser
import SecureBERT
import SecureBERTTraining

/// `securebert evaluate classify`: how well texts are labelled.
struct EvaluateClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Measure how well a model labels texts, and calibrate it.",
        usage: "securebert evaluate classify --data <file> ... [<options>]",
        discussion: """
            Data are JSON lines or CSV, see finetune classify --help. Figures are those of scikit-learn; intervals hold 95 % \
            of 1,000 samples of the texts.

            --calibrate-on chooses a temperature, and thresholds where labels do not exclude each other, on other data \
            and saves them in the model's folder; --calibrated uses them.

            EXAMPLES
              securebert evaluate classify --model DIR --data test.jsonl
              securebert evaluate classify --model DIR --data test.jsonl \\
                --calibrate-on valid.jsonl --html report.html
              securebert evaluate classify --model DIR --data test.jsonl --calibrated --json
            """)

    @OptionGroup var model: ModelNameOption

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Labelled texts.", valueName: "file"), completion: .file())
    var data: [String]

    @Flag(help: "Count labels that the model does not know as missed.")
    var allowUnknownLabels = false

    @OptionGroup var calibration: CalibrationOptions
    @OptionGroup var leak: LeakOptions
    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        let loaded = try evaluation.load(model, head: .sequenceClassification, default: .attack)
        let classifier = try TextClassifier(loaded)
        let calibration = try calibration.resolve(classifier, folder: loaded.path) { path in
            let dataset = try ClassificationDataset(path: path)
            try dataset.requireTwoClasses()
            return try Self.measure(dataset, classifier, allowsUnknown: false, evaluation)
                .calibration(self.calibration.thresholds)
        }
        let sections = try data.map { path in
            try Self.section(
                ClassificationDataset(path: path), classifier, calibration: calibration,
                allowsUnknown: allowUnknownLabels, leak, evaluation)
        }
        try evaluation.print(
            EvaluationReport(
                title: "Text classification",
                settings: [("model", loaded.path), ("seed of intervals", "\(evaluation.seed)")], sections: sections))
    }

    /// The part of a report on a file.
    static func section(
        _ dataset: ClassificationDataset, _ classifier: TextClassifier, calibration: ClassifierCalibration?,
        allowsUnknown: Bool, _ leak: LeakOptions, _ evaluation: EvaluationOptions
    ) throws -> EvaluationReport.Section {
        var section = try measure(dataset, classifier, allowsUnknown: allowsUnknown, evaluation)
            .section(dataset.file, calibration: calibration, seed: evaluation.seed)
        let note = try leak.note(dataset.splitItems) { try ClassificationDataset(path: $0).splitItems }
        if let note { section.notes.append(note) }
        return section
    }

    private static func measure(
        _ dataset: ClassificationDataset, _ classifier: TextClassifier, allowsUnknown: Bool,
        _ evaluation: EvaluationOptions
    ) throws -> ClassificationEvaluation {
        let progress = evaluation.progress("classifying", .examples)
        defer { progress.finish() }
        return try ClassificationEvaluation(classifier, dataset, allowsUnknownLabels: allowsUnknown) {
            progress.update(completed: $0, total: $1)
        }
    }
}

/// Whether a calibration is used, or made.
struct CalibrationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Choose temperature and thresholds on these data, not the test data, and save them in the model's folder.",
            valueName: "file"),
        completion: .file())
    var calibrateOn: String?

    @Flag(help: "Use the temperature and thresholds in the model's folder.")
    var calibrated = false

    @Option(
        help: ArgumentHelp(
            "Thresholds of labels that do not exclude each other: shared or per-label.", valueName: "kind"))
    var thresholds = ClassifierCalibration.Thresholds.shared

    mutating func validate() throws {
        if calibrated, calibrateOn != nil {
            throw ValidationError("--calibrate-on makes the calibration that --calibrated would read; give one of them")
        }
    }

    /// The calibration to use; nil for none.
    /// - Parameter choose: Chooses one on a file.
    func resolve(
        _ classifier: TextClassifier, folder: String, _ choose: (String) throws -> ClassifierCalibration
    ) throws -> ClassifierCalibration? {
        if let calibrateOn {
            let calibration = try choose(calibrateOn)
            try calibration.write(toFolder: folder)
            return calibration
        }
        guard calibrated else { return nil }
        return try ClassifyCommand.calibration(of: classifier)
    }
}

extension ClassifierCalibration.Thresholds: ExpressibleByArgument {}
