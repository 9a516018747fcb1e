import ArgumentParser
import SecureBERT
import SecureBERTTraining

/// `securebert evaluate answer`: how well questions are answered from a context.
struct EvaluateAnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Measure how well a model finds the passage that answers a question.",
        usage: "securebert evaluate answer [--model <dir>] --data <file> [<options>]",
        discussion: """
            Data are JSON files in the format of SQuAD, version 1 or 2; figures are those of its script.

            EXAMPLES
              securebert evaluate answer --model runs/answer/model --data dev-v2.0.json
            """)

    @OptionGroup var model: ModelNameOption

    @Option(help: ArgumentHelp("Questions.", valueName: "file.json"), completion: .file(extensions: ["json"]))
    var data: String

    @OptionGroup var evaluation: EvaluationOptions

    func run() throws {
        let examples = try AnswerExample.read(data)
        let loaded = try evaluation.load(model, head: .questionAnswering)
        let progress = evaluation.progress("answering", .examples)
        let result = try AnswerEvaluation(QuestionAnswerer(loaded), examples, source: data) {
            progress.update(completed: $0, total: $1)
        }
        progress.finish()
        try evaluation.print(
            EvaluationReport(
                title: "Question answering",
                settings: [("model", loaded.path), ("seed of intervals", "\(evaluation.seed)")],
                sections: [result.section(data, seed: evaluation.seed)]))
    }
}
