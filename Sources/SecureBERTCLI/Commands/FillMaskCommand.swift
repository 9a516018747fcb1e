import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert fill-mask`: what could stand behind a mask.
struct FillMaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill-mask",
        abstract: "Predict the words behind <mask> or [MASK].",
        usage: "securebert fill-mask [<options>] <text>",
        discussion: """
            Each mask gets its most probable tokens, with the probability over the whole vocabulary.

            EXAMPLES
              securebert fill-mask --model DIR 'The malware [MASK] its own files.'
              securebert fill-mask --model DIR --top-k 10 --json 'A <mask> overflow.'
              securebert fill-mask --model DIR --targets stack,heap 'A <mask> overflow.'
            """)

    @Argument(help: "A text with masks, or - for one text per line from the standard input.")
    var text: String

    @Option(help: ArgumentHelp("Predictions for each mask.", valueName: "n"))
    var topK = 5

    @Option(
        help: ArgumentHelp(
            "Only these words compete, separated by commas; may be repeated.", valueName: "word,word"))
    var targets: [String] = []

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard topK > 0 else { throw ValidationError("--top-k must be at least 1, found \(topK)") }
    }

    func run() throws {
        let fillMask = try FillMask(model.load(output.messages, head: .maskedLanguageModel))
        let words = targets.flatMap { $0.split(separator: ",") }.map(\.trimmingSpaces).filter { !$0.isEmpty }
        try StandardOutput.scope { out in
            guard text == "-" else { return try printOne(try fillMask(text, topK: topK, targets: words), out) }
            var records = RecordReader(["-"], format: nil, fallback: .text) { try out.flush() }
            var printer = ResultPrinter(out, output.format)
            while let record = try records.next() {
                do {
                    let masks = try fillMask(record.text, topK: topK, targets: words)
                    try printer.print(Self.json(masks)) { table(masks) }
                } catch let error as TaskError {
                    throw CommandLineError(.badInput, "\(record.place): \(error.description)")
                }
            }
            try printer.finish()
        }
    }

    private func printOne(_ masks: [FillMask.Mask], _ out: StandardOutput) throws {
        try out.writeLine(output.format == .text ? table(masks) : Self.json(masks).text)
    }

    private static func json(_ masks: [FillMask.Mask]) -> JSON {
        let masks = masks.map { mask -> JSON in
            let predictions = mask.predictions.map { prediction -> JSON in
                [
                    "token": .string(prediction.token), "score": JSON(prediction.score.value),
                    "logit": JSON(prediction.logit.value),
                ]
            }
            return ["position": .integer(mask.position), "predictions": .array(predictions)]
        }
        return ["masks": .array(masks)]
    }

    private func table(_ masks: [FillMask.Mask]) -> String {
        let terminal = output.messages.output
        var lines: [String] = []
        for mask in masks {
            if masks.count > 1 { lines.append(terminal.styled("token \(mask.position)", .dim)) }
            var table = Table([.right, .left])
            for (rank, prediction) in mask.predictions.enumerated() {
                table.add(
                    ["\((prediction.score.value * 100).fixed(1)) %", prediction.token.visible],
                    style: rank == 0 ? .bold : nil)
            }
            lines += table.lines(terminal)
        }
        return lines.joined(separator: "\n")
    }
}
