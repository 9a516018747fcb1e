import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert classify`: labels for whole texts.
struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Label whole texts.",
        usage: "securebert classify [<options>] [<file> ...]",
        discussion: """
            Each text gives {"id", "labels": [{"label", "score", "logit"}], "tokens", "windows", "truncated"}, best label \
            first. A text longer than the model is read in overlapping windows.

            EXAMPLES
              echo 'int f(char *s) { char b[8]; strcpy(b, s); }' | securebert classify -m DIR
              securebert classify -m DIR --jsonl --top-k 3 sentences.txt
              securebert classify -m DIR --multi-label --thresholds 0.4 report.txt
              securebert classify -m DIR --multi-label --thresholds t.json report.txt
              securebert classify -m DIR --calibrated --jsonl sentences.txt
            """)

    @OptionGroup var input: InputOptions

    @Flag(help: "Labels do not exclude each other: a sigmoid for each. Default: what the model's configuration says.")
    var multiLabel = false

    @Option(
        help: ArgumentHelp(
            "Print only labels with at least this probability: a number, or a JSON file {\"label\": number}.",
            valueName: "number|file"),
        completion: .file(extensions: ["json"]))
    var thresholds: String?

    @Flag(help: "Use the temperature and the thresholds in the model's folder; see evaluate classify --calibrate-on.")
    var calibrated = false

    @Option(help: ArgumentHelp("The most labels for each text. Default: all.", valueName: "n"))
    var topK: Int?

    @Flag(help: "Read only what fits the model.")
    var truncate = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if calibrated, thresholds != nil || multiLabel {
            throw ValidationError(
                "--calibrated brings its own thresholds and labels; leave out --thresholds and --multi-label")
        }
        if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, found \(topK)") }
    }

    func run() throws {
        let classifier = try TextClassifier(
            model.load(output.messages, head: .sequenceClassification, default: .attack))
        let calibration = calibrated ? try Self.calibration(of: classifier) : nil
        let thresholds =
            try calibration.map(LabelThresholds.init)
            ?? thresholds.map { try LabelThresholds($0, labels: classifier.labels) }
        try StandardOutput.scope { out in
            var records = input.records(flushing: out, output.messages)
            var printer = ResultPrinter(out, output.format)
            while true {
                let batch = try records.nextBatch()
                if batch.isEmpty { break }
                let results = try classify(batch, classifier, calibration)
                for (record, result) in zip(batch, results) {
                    let labels = result.labels.filter { thresholds?.accept($0) ?? true }.prefix(topK ?? .max)
                    try printer.print(Self.json(record, labels, result.usage)) { line(record, labels) }
                }
            }
            try printer.finish()
        }
    }

    static func calibration(of classifier: TextClassifier) throws -> ClassifierCalibration {
        guard let calibration = try classifier.calibration() else {
            throw CommandLineError(
                .badInput, "the model's folder has no \(ClassifierCalibration.fileName)",
                hint: "securebert evaluate classify --data FILE --calibrate-on VALID makes one")
        }
        return calibration
    }

    private func classify(
        _ batch: [TextRecord], _ classifier: TextClassifier, _ calibration: ClassifierCalibration?
    ) throws -> [TextClassifier.Result] {
        do {
            return try classifier(
                batch.map { TextInput($0.text, pair: $0.pair) }, mode: multiLabel ? .sigmoid : nil,
                calibration: calibration, truncate: truncate)
        } catch let error as TaskError {
            // A pair whose first text fills the model.
            let places = batch.count == 1 ? batch[0].place : "\(batch[0].place) to \(batch[batch.count - 1].place)"
            throw CommandLineError(.badInput, "\(places): \(error.description)")
        }
    }

    private static func json(
        _ record: TextRecord, _ labels: some Sequence<TextClassifier.Label>, _ usage: InputUsage
    ) -> JSON {
        let labels = labels.map { label -> JSON in
            ["label": .string(label.name), "score": JSON(label.score.value), "logit": JSON(label.logit.value)]
        }
        return .object(.init([("id", record.id), ("labels", .array(labels))] + usage.members))
    }

    private func line(_ record: TextRecord, _ labels: some Sequence<TextClassifier.Label>) -> String {
        let terminal = output.messages.output
        let labels = labels.enumerated().map { rank, label in
            let text = "\(label.name.visible) \(label.score.value.fixed(3))"
            return rank == 0 ? terminal.styled(text, .bold) : text
        }
        let text = record.text.visible.shortened(to: 60)
        return (labels.isEmpty ? "-" : labels.joined(separator: ", ")) + "\t" + terminal.styled(text, .dim)
    }
}

/// The least probability of each label.
struct LabelThresholds {
    private let values: [String: Float]
    private let common: Float?

    /// Those of a calibration; without any, every label is accepted.
    init(_ calibration: ClassifierCalibration) {
        (values, common) = (calibration.thresholds.mapValues { Float($0) }, calibration.thresholds.isEmpty ? 0 : nil)
    }

    /// - Parameters:
    ///   - text: A number for all labels, or the path of a JSON object with one for some; labels it leaves out have 0.5.
    ///   - labels: The model's labels.
    /// - Throws: ``CommandLineError`` for an unreadable file, a label that the model has not, or a number outside 0...1.
    init(_ text: String, labels: [String]) throws {
        if let number = Float(text) {
            guard (0...1).contains(number) else {
                throw CommandLineError(.usage, "--thresholds must be 0 to 1 or a file, found \(text)")
            }
            (values, common) = ([:], number)
            return
        }
        var reader = LineReader(try InputFile(text))
        let place = text.visible
        let json: JSON
        do {
            json = try JSON.parse(try reader.wholeFile() ?? "")
        } catch let error as JSONError {
            throw CommandLineError(.badInput, "\(place): is not valid JSON: \(error.description)")
        }
        guard let object = json.objectValue else {
            throw CommandLineError(.badInput, "\(place): is \(json.kind), expected an object {\"label\": number}")
        }
        var values: [String: Float] = [:]
        for (label, value) in object.members {
            guard labels.contains(label) else {
                throw CommandLineError(
                    .badInput, "\(place): the model has no label \"\(label.visible)\"",
                    hint: "one of \(labels.prefix(20).map(\.visible).joined(separator: ", "))")
            }
            guard let number = value.doubleValue, (0...1).contains(number) else {
                throw CommandLineError(
                    .badInput,
                    "\(place): the threshold of \"\(label.visible)\" is \(value.text.visible), expected 0 to 1")
            }
            values[label] = Float(number)
        }
        (self.values, common) = (values, nil)
    }

    func accept(_ label: TextClassifier.Label) -> Bool {
        label.score.value >= (common ?? values[label.name] ?? 0.5)
    }
}

extension InputUsage {
    /// How much of an input was read, as members of a result.
    var members: [JSON.Object.Member] {
        [("tokens", .integer(tokens)), ("windows", .integer(windows)), ("truncated", .bool(truncated))]
    }
}
