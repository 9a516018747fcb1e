import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTModels
import SecureBERTTraining

/// `securebert evaluate all`: every test of a suite, beside published figures.
struct EvaluateAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Run every test of a suite with the models that fit it, beside published figures.",
        usage: "securebert evaluate all --suite <file> --data <dir> [<options>]",
        discussion: """
            The suite is a TOML file of tests, the models they are for, and figures of others with the test set they were \
            measured on and where they are from. With --model, a test is run with those of the models that can be used \
            for it.

            EXAMPLES
              securebert evaluate all --suite Recipes/evaluation.toml --data DATA \\
                --html report.html
              securebert evaluate all --suite Recipes/evaluation.toml --data DATA --json \\
                --model runs/ner/model runs/embed/model runs/rerank/model
            """)

    @Option(help: ArgumentHelp("The tests, in TOML.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var suite: String

    @Option(help: ArgumentHelp("Folder that the data of the suite are in.", valueName: "dir"), completion: .directory)
    var data: String

    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Folders of models, or names of ones that were pulled. Default: those the suite names.",
            valueName: "dir|org/name"),
        completion: .directory)
    var model: [String] = []

    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        let suite = try EvaluationSuite(path: suite, root: data)
        var summary = EvaluationReport.Section("Beside published figures")
        summary.notes = ["Figures of different test sets do not compare; the columns say what each was measured on."]
        var sections: [EvaluationReport.Section] = []
        for test in suite.tests {
            let models = try (model.isEmpty ? test.models : model).map { try TestModel($0) }
            let results = try SuiteTest(test, evaluation).sections(models)
            if results.isEmpty { evaluation.output.messages.note("\(test.name): none of the models fits, left out") }
            sections += results.map(\.section)
            summary.tables.append(test.comparison(results))
        }
        try evaluation.print(
            EvaluationReport(
                title: "Evaluation",
                settings: [("suite", self.suite), ("data", data), ("seed of intervals", "\(evaluation.seed)")],
                sections: [summary] + sections))
    }
}

/// A model that was named for tests, not loaded yet.
struct TestModel {
    let name: ModelNameOption
    let folder: ModelFolder
    /// What a table calls it.
    let title: String

    init(_ text: String) throws {
        var name = ModelNameOption()
        name.model = text
        self.name = name
        folder = try name.folder()
        // Runs keep their best model in a folder of that name.
        let parts = folder.path.split(separator: "/")
        title = (parts.last == "model" ? parts.suffix(2) : parts.suffix(1)).joined(separator: "/")
    }

    private var configuration: SharedConfiguration { folder.configuration.shared }

    /// Whether it makes vectors of sentences.
    var isEncoder: Bool {
        FileSystem.kind(of: FileSystem.join(folder.path, "modules.json")) == .file && !isCrossEncoder
    }

    /// Whether it scores pairs.
    var isCrossEncoder: Bool { configuration.head == .sequenceClassification && configuration.labels.count == 1 }

    /// Whether it can be used for a task at all.
    func fits(_ task: EvaluationSuite.Task) -> Bool {
        switch task {
        case .mlm: configuration.head == .maskedLanguageModel
        case .ner: configuration.head == .tokenClassification
        case .classify:
            configuration.head == .sequenceClassification && configuration.labels.count > 1 && !fits(.vuln)
        case .vuln:
            configuration.head == .sequenceClassification
                && configuration.labels.contains(VulnerabilityEvaluation.safeLabel)
        case .retrieval: isEncoder || isCrossEncoder
        }
    }
}

/// Runs a test of a suite with the models that fit it.
private struct SuiteTest {
    typealias Result = (model: String, set: String, section: EvaluationReport.Section)

    private let test: EvaluationSuite.Test
    private let options: EvaluationOptions
    private var leak = LeakOptions()

    init(_ test: EvaluationSuite.Test, _ options: EvaluationOptions) {
        (self.test, self.options) = (test, options)
        leak.train = test.train
    }

    func sections(_ models: [TestModel]) throws -> [Result] {
        let fitting = models.filter { $0.fits(test.task) }
        if test.task == .retrieval { return try retrieval(fitting) }
        return try fitting.flatMap { model in
            try test.data.compactMap { path in
                guard var section = try section(model, path) else { return nil }
                section.title = "\(test.name): \(model.title)"
                return (model.title, test.name, section)
            }
        }
    }

    /// The part of a report on a file; nil when the model knows none of the labels.
    private func section(_ model: TestModel, _ path: String) throws -> EvaluationReport.Section? {
        switch test.task {
        case .mlm:
            let loaded = try MaskedModel(options.load(model.name, head: .maskedLanguageModel))
            let progress = options.progress(model.title, .masks)
            defer { progress.finish() }
            return .init(
                "", cloze: [try ClozeTest(ClozeSet(path: path)).run(loaded) { progress.update(completed: $0) }],
                seed: options.seed)
        case .ner:
            var allowing = EntityEvaluation.Options()
            allowing.allowsUnknownTypes = true
            let recognizer = try EntityRecognizer(options.load(model.name, head: .tokenClassification))
            return try EvaluateNerCommand.section(path, recognizer, allowing, leak, options)
        case .classify:
            let classifier = try TextClassifier(options.load(model.name, head: .sequenceClassification))
            let dataset = try ClassificationDataset(path: path)
            guard dataset.isMultiLabel == (classifier.defaultMode == .sigmoid),
                !Set(dataset.labels).isDisjoint(with: classifier.labels)
            else { return nil }
            return try EvaluateClassifyCommand.section(
                dataset, classifier, calibration: test.isCalibrated ? classifier.calibration() : nil,
                allowsUnknown: true, leak, options)
        case .vuln:
            let classifier = try TextClassifier(options.load(model.name, head: .sequenceClassification))
            return try EvaluateVulnCommand.section(
                path, pairs: test.pairs, classifier,
                calibration: test.isCalibrated ? classifier.calibration() : nil, leak, options)
        case .retrieval: return nil
        }
    }

    /// Each bi-encoder, with the first cross-encoder.
    private func retrieval(_ models: [TestModel]) throws -> [Result] {
        var systems = RetrievalEvaluation.Systems()
        if let reranker = models.first(where: \.isCrossEncoder) {
            systems.reranker = try CrossEncoder(options.load(reranker.name, head: .sequenceClassification))
        }
        let sets = try RetrievalOptions.parse(["--data"] + test.data)
        return try models.filter(\.isEncoder).flatMap { model in
            systems.encoder = try SentenceEncoder(options.load(model.name, head: .none))
            return try sets.sections(systems, options).map { section in
                var section = section
                let set = section.title
                section.title = "\(test.name), \(set): \(model.title)"
                return (model.title, set, section)
            }
        }
    }
}
