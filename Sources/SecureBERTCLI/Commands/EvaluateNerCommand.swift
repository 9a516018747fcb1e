import ArgumentParser
import SecureBERT
import SecureBERTTraining

/// `securebert evaluate ner`: how well named entities are found.
struct EvaluateNerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ner",
        abstract: "Measure how well a model finds named entities.",
        usage: "securebert evaluate ner [--model <dir>] --data <file> ... [<options>]",
        discussion: """
            Data are CoNLL columns or JSON lines, see finetune ner --help. Words are labelled by their first token. Figures \
            are those of seqeval, by default and strict, and errors of boundaries and types; intervals hold 95 % of 1,000 \
            samples of the sentences. Labels of words are chosen together unless --independent-labels is given.

            EXAMPLES
              securebert evaluate ner --model runs/ner/model --data test.txt
              securebert evaluate ner --model DIR --data test.txt --train train.txt \\
                --html report.html --json
            """)

    @OptionGroup var model: ModelNameOption

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Labelled sentences.", valueName: "file"), completion: .file())
    var data: [String]

    @Flag(help: "Count entities of types that the model does not know as missed.")
    var allowUnknownLabels = false

    @Flag(help: "Take each word's most probable label by itself, even an I- that continues nothing.")
    var independentLabels = false

    @OptionGroup var leak: LeakOptions
    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        let loaded = try evaluation.load(model, head: .tokenClassification, default: .ner)
        let recognizer = try EntityRecognizer(loaded)
        var options = EntityEvaluation.Options()
        (options.allowsUnknownTypes, options.choosesTogether) = (allowUnknownLabels, !independentLabels)
        let sections = try data.map { try Self.section($0, recognizer, options, leak, evaluation) }
        try evaluation.print(
            EvaluationReport(
                title: "Named entities",
                settings: [("model", loaded.path), ("seed of intervals", "\(evaluation.seed)")], sections: sections))
    }

    /// The part of a report on a file.
    static func section(
        _ path: String, _ recognizer: EntityRecognizer, _ options: EntityEvaluation.Options, _ leak: LeakOptions,
        _ evaluation: EvaluationOptions
    ) throws -> EvaluationReport.Section {
        let dataset = try EntityDataset(path: path)
        let note = try leak.note(dataset.splitItems) { try EntityDataset(path: $0).splitItems }
        let progress = evaluation.progress("labelling", .examples)
        let result = try EntityEvaluation(recognizer, dataset, options) { progress.update(completed: $0, total: $1) }
        progress.finish()
        var section = result.section(path, seed: evaluation.seed)
        if let note { section.notes.append(note) }
        return section
    }
}
