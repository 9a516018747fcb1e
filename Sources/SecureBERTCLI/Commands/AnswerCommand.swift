import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert answer`: the passage of a text that answers a question.
struct AnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Find the passage of a text that answers a question.",
        usage: "securebert answer [<options>] --question <question> [<file> ...]",
        discussion: """
            Each file is one text (--input-format text: each line) and gives {"id", "answers": [{"text", "start", "end", \
            "score"}], "nullScore", "impossible", "tokens", "windows", "truncated"}; "impossible" says that no answer beats \
            "the text does not say".

            EXAMPLES
              securebert answer -m DIR --question 'Which CVE was exploited?' report.txt
              securebert answer -m DIR --question Q --top-k 3 --json - < report.txt
            """)

    @Option(help: "The question.")
    var question: String

    @OptionGroup var input: InputOptions

    @Option(help: ArgumentHelp("Answers for each text.", valueName: "n"))
    var topK = 1

    @Option(help: ArgumentHelp("The most tokens of an answer.", valueName: "n"))
    var maximumAnswerTokens = 15

    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard topK > 0 else { throw ValidationError("--top-k must be at least 1, found \(topK)") }
        guard maximumAnswerTokens > 0 else {
            throw ValidationError("--maximum-answer-tokens must be at least 1, found \(maximumAnswerTokens)")
        }
    }

    func run() throws {
        let answerer = try QuestionAnswerer(model.load(output.messages, head: .questionAnswering))
        var options = QuestionAnswerer.Options()
        options.topK = topK
        options.maximumAnswerTokens = maximumAnswerTokens
        try StandardOutput.scope { out in
            var records = input.records(fallback: .document, flushing: out, output.messages)
            var printer = ResultPrinter(out, output.format)
            while let record = try records.next() {
                try record.requireSingle("answer")
                let result = try answerer(question, context: record.text, options: options)
                try printer.print(json(record, result)) { table(result) }
            }
            try printer.finish()
        }
    }

    private func json(_ record: TextRecord, _ result: QuestionAnswerer.Result) -> JSON {
        let answers = result.answers.map { answer -> JSON in
            let range = offsets.offsets.of(answer.range)
            return [
                "text": .string(answer.text), "start": .integer(range.lowerBound), "end": .integer(range.upperBound),
                "score": JSON(answer.score),
            ]
        }
        let members: [JSON.Object.Member] = [
            ("id", record.id), ("answers", .array(answers)), ("nullScore", JSON(result.nullScore)),
            ("impossible", .bool(result.isImpossible)),
        ]
        return .object(.init(members + result.usage.members))
    }

    private func table(_ result: QuestionAnswerer.Result) -> String {
        let terminal = output.messages.output
        var table = Table([.right, .left])
        for answer in result.answers {
            table.add([answer.score.fixed(4), answer.text.visible], style: result.isImpossible ? nil : .bold)
        }
        var lines = table.lines(terminal)
        if result.isImpossible {
            lines.append(terminal.styled("the text probably does not say (\(result.nullScore.fixed(4)))", .dim))
        }
        return lines.joined(separator: "\n")
    }
}
