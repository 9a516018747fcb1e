import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert ner`: named entities in texts.
struct NerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ner",
        abstract: "Find named entities: malware, indicators, organizations, whatever the model labels.",
        usage: "securebert ner [<options>] [<file> ...]",
        discussion: """
            Each text gives {"id", "entities": [{"type", "text", "start", "end", "score"}], "tokens", "windows", \
            "truncated"}. A text longer than the model is read in overlapping windows; no entity is cut or found twice.

            EXAMPLES
              echo 'APT29 used SUNBURST.' | securebert ner -m DIR
              securebert ner -m DIR --jsonl --aggregation average report.txt
              securebert ner -m DIR --html --input-format document report.txt > report.html
            """)

    @OptionGroup var input: InputOptions

    @Option(
        help: ArgumentHelp(
            """
            How the labels of tokens become entities: word: words without the punctuation around them, by their first \
            token; as in transformers: none: every token by itself; simple: neighbours with one type; first, average, max: \
            words from space to space by their first token, mean, or surest token.
            """, valueName: "way"))
    var aggregation = EntityAggregation.word

    @Option(help: ArgumentHelp("Leave out entities below this score.", valueName: "number"))
    var threshold: Float = 0

    @Flag(help: "Print one page with the texts and their entities highlighted.")
    var html = false

    @Flag(help: "Read only what fits the model.")
    var truncate = false

    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if html, output.format != .text { throw ValidationError("--html excludes --json and --jsonl") }
        guard (0...1).contains(threshold) else {
            throw ValidationError("--threshold must be 0 to 1, found \(threshold)")
        }
    }

    func run() throws {
        let recognizer = try EntityRecognizer(model.load(output.messages, head: .tokenClassification, default: .ner))
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, output.format)
            var page = HighlightPage(title: input.files.isEmpty ? "Entities" : input.files.joined(separator: ", "))
            var colors = LabelColors()
            try forEachResult(recognizer, html ? nil : out) { record, entities, usage in
                if html { return page.add(record.text, entities.map(\.highlight)) }
                try printer.print(json(record, entities, usage)) {
                    HighlightedText(record.text, entities.map(\.highlight)).line(output.messages.output) {
                        colors.style(of: $0)
                    }
                }
            }
            if html { try out.write(page.text) } else { try printer.finish() }
        }
    }

    private func forEachResult(
        _ recognizer: EntityRecognizer, _ out: StandardOutput?,
        _ body: (TextRecord, [EntityRecognizer.Entity], InputUsage) throws -> Void
    ) throws {
        var records = input.records(flushing: out, output.messages)
        while true {
            let batch = try records.nextBatch()
            if batch.isEmpty { return }
            for record in batch { try record.requireSingle("ner") }
            let results = try recognizer(
                batch.map(\.text), aggregation: aggregation, truncate: truncate)
            for (record, result) in zip(batch, results) {
                try body(record, result.entities.filter { $0.score.value >= threshold }, result.usage)
            }
        }
    }

    private func json(_ record: TextRecord, _ entities: [EntityRecognizer.Entity], _ usage: InputUsage) -> JSON {
        let entities = entities.map { entity -> JSON in
            let range = offsets.offsets.of(entity.range)
            return [
                "type": .string(entity.type), "text": .string(entity.text), "start": .integer(range.lowerBound),
                "end": .integer(range.upperBound), "score": JSON(entity.score.value),
            ]
        }
        return .object(.init([("id", record.id), ("entities", .array(entities))] + usage.members))
    }
}

extension EntityAggregation: ExpressibleByArgument {}

extension EntityRecognizer.Entity {
    fileprivate var highlight: Highlight { Highlight(range: range.utf8, label: type, score: score.value) }
}

/// A colour for each label, in the order in which labels appear.
private struct LabelColors {
    private var labels: [String] = []
    private static let styles: [Terminal.Style] = [.red, .cyan, .yellow, .green, .magenta, .blue]

    mutating func style(of label: String) -> Terminal.Style {
        let index = labels.firstIndex(of: label) ?? labels.count
        if index == labels.count { labels.append(label) }
        return Self.styles[index % Self.styles.count]
    }
}
