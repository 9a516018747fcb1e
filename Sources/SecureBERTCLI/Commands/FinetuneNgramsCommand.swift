import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTraining

/// `securebert finetune ngrams`: what runs of tokens say by themselves, beside a classifier's encoder.
struct FinetuneNgramsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ngrams",
        abstract: "Add what runs of tokens say by themselves to a classifier.",
        usage: "securebert finetune ngrams --model <dir> --train <file> ... --valid <file> [<options>]",
        discussion: """
            Logistic regression over TF-IDF of hashed token n-grams, as in scikit-learn; its logits are added to those of the \
            model, scaled as is best on the validation data. It is kept in the model's folder as ngrams.safetensors, and \
            the calibration is made anew. The model has to be one of finetune classify or vuln, and the data those it was \
            trained on. When it is better alone, nothing is written.

            EXAMPLES
              securebert finetune ngrams --model runs/vuln/model --train train.jsonl --valid valid.jsonl
              securebert finetune ngrams --model runs/attack/model --buckets 15 --best-by accuracy \\
                --train train.jsonl --valid valid.jsonl
            """)

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Folder of the classifier.", valueName: "dir"), completion: .directory)
    var model: String

    @OptionGroup var data: TrainingDataOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Further texts, as far as they have labels of the training data.", valueName: "path"),
        completion: .file())
    var extra: [String] = []

    @OptionGroup var fixed: FixedFunctionOptions

    @Option(help: ArgumentHelp("The longest runs of tokens.", valueName: "n"))
    var order = 3

    @Option(help: ArgumentHelp("How many weights each label has: 2 to this power.", valueName: "n"))
    var buckets = 18

    @Option(help: ArgumentHelp("The inverse of the regularization: C of scikit-learn.", valueName: "number"))
    var strength = 30.0

    @Option(
        help: ArgumentHelp(
            """
            What decides how much they count. Default: average-precision for functions, micro-f1 for any number of \
            labels, otherwise accuracy.
            """,
            valueName: "name"))
    var bestBy: SequenceClassificationRecipe.Criterion?

    @OptionGroup var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard NgramFeatures.orders.contains(order) else {
            throw ValidationError("--order must be 1 to \(NgramFeatures.orders.upperBound), found \(order)")
        }
        guard NgramFeatures.bits.contains(buckets) else {
            throw ValidationError("--buckets must be 1 to \(NgramFeatures.bits.upperBound), found \(buckets)")
        }
        guard strength.isFinite, strength > 0 else {
            throw ValidationError("--strength must be more than 0, found \(strength)")
        }
    }

    func run() throws {
        var (name, options) = (ModelNameOption(), ModelOptions())
        name.model = model
        (options.name, options.compute) = (name, compute)
        let loaded = try options.load(output.messages, head: .sequenceClassification)
        let classifier = try TextClassifier(loaded)
        let examples = try Examples(self, labels: classifier.labels)
        let isMultiLabel = classifier.defaultMode == .sigmoid
        let learned = learn(try tokens(examples.train, classifier), examples, isMultiLabel)
        let bar = ProgressBar("validating", unit: .examples, isEnabled: !output.messages.quiet)
        let outputs = try ClassifierOutputs(classifier, examples.valid.map(\.text), withNgrams: false) {
            bar.update(completed: $0, total: $1)
        }
        bar.finish()
        let scale = NgramScale(
            bestBy ?? examples.defaultCriterion(isMultiLabel), outputs,
            added: try tokens(examples.valid, classifier).map(learned.callAsFunction),
            references: examples.valid.map(\.labels), negativeLabel: examples.negativeLabel)
        if scale.best.scale > 0 {
            try learned.scaled(Float(scale.best.scale)).write(toFolder: loaded.path, loaded.compute)
            try examples.calibration(TextClassifier(loaded)).write(toFolder: loaded.path)
        }
        try show(scale, (bestBy ?? examples.defaultCriterion(isMultiLabel)).rawValue)
    }

    private func tokens(_ texts: [ClassifiedText], _ classifier: TextClassifier) throws -> [[Int32]] {
        try texts.map { try classifier.tokens(of: TextInput($0.text)) }
    }

    private func learn(_ texts: [[Int32]], _ examples: Examples, _ isMultiLabel: Bool) -> NgramWeights {
        let bar = ProgressBar("n-grams", unit: .steps, isEnabled: !output.messages.quiet)
        defer { bar.finish() }
        let steps = 1000
        return NgramTraining(
            .init(order: order, bits: buckets, strength: strength), texts: texts,
            references: examples.train.map(\.labels), labelCount: examples.labels.count, isMultiLabel: isMultiLabel
        )(maximumSteps: steps) { step, _ in bar.update(completed: step, total: steps) }
    }

    private func show(_ scale: NgramScale, _ measure: String) throws {
        if output.format != .text {
            let trials = scale.trials.map { ["scale": .number($0.scale), "value": .number($0.value)] as JSON }
            try StandardOutput.scope {
                try $0.writeLine(
                    (["metric": .string(measure), "scale": .number(scale.best.scale), "trials": .array(trials)] as JSON)
                        .text)
            }
        }
        let alone = scale.trials[0].value.fixed(4)
        output.messages.note(
            scale.best.scale > 0
                ? "\(measure) \(alone) alone, \(scale.best.value.fixed(4)) with n-grams at scale \(scale.best.scale)"
                : "\(measure) \(alone) alone and never better with n-grams; nothing was written")
    }
}

extension FinetuneNgramsCommand {
    /// The data of the command, for either kind of classifier.
    fileprivate struct Examples {
        let labels: [String]
        let train: [ClassifiedText]
        let valid: [ClassifiedText]
        /// The label that all others are measured against, of models of functions.
        let negativeLabel: Int?
        let calibration: (TextClassifier) throws -> ClassifierCalibration

        /// - Throws: ``CommandLineError`` when the data have other labels than the model.
        init(_ command: FinetuneNgramsCommand, labels: [String]) throws {
            self.labels = labels
            let (data, messages) = (command.data, command.output.messages)
            negativeLabel = labels.firstIndex(of: VulnerabilityClasses.safe)
            guard negativeLabel == nil else {
                let functions = try VulnerabilityTrainingData(
                    train: data.train, pairs: command.fixed.pairs, valid: [data.valid])
                try data.leaks.check(functions, messages)
                let valid = functions.valid[0]
                func texts(_ functions: [VulnerabilityDataset.Function]) -> [ClassifiedText] {
                    functions.map {
                        ClassifiedText($0.code, labels: [VulnerabilityClasses.label(of: $0, among: labels)])
                    }
                }
                (train, self.valid) = (texts(functions.train), texts(valid.functions))
                calibration = { try VulnerabilityEvaluation($0, valid).calibration }
                return
            }
            let texts = try ClassificationTrainingData(train: data.train, extra: command.extra, valid: data.valid)
            guard texts.labels == labels else {
                throw CommandLineError(
                    .badInput,
                    """
                    the training data has \(texts.labels.count) labels and the model \(labels.count), which are not the \
                    same in the same order
                    """, hint: "give the data that the model was trained on")
            }
            try data.leaks.check(texts, messages)
            (train, valid) = (texts.train, texts.valid)
            calibration = { try ClassificationEvaluation($0, texts.validation).calibration(.shared) }
        }

        func defaultCriterion(_ isMultiLabel: Bool) -> SequenceClassificationRecipe.Criterion {
            negativeLabel != nil ? .averagePrecision : isMultiLabel ? .microF1 : .accuracy
        }
    }
}

extension SequenceClassificationRecipe.Criterion: ExpressibleByArgument {}
