import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert rerank`: orders texts by how well they answer a query.
struct RerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Order texts by how well they answer a query, with a cross-encoder.",
        usage: "securebert rerank [<options>] --query <query> [<file> ...]",
        discussion: """
            Best first, each as {"index", "logit", "score", "text"}; the index counts the texts from 0, the score is the \
            logit behind the activation that the model's folder asks for.

            EXAMPLES
              securebert rerank --query 'how is persistence achieved' report.txt
              cat hits.jsonl | securebert rerank --query Q --top-k 5 --jsonl \\
                --input-format jsonl
            """)

    @Option(help: "What the texts are to answer.")
    var query: String

    @OptionGroup var input: InputOptions

    @Option(help: ArgumentHelp("Print only the best. Default: all.", valueName: "n"))
    var topK: Int?

    @Flag(help: "Read only what fits the model; otherwise the best part of a long text counts.")
    var truncate = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1, found \(topK)") }
    }

    func run() throws {
        let encoder = try CrossEncoder(model.load(output.messages, head: .sequenceClassification, default: .rerank))
        var records = input.records(output.messages)
        var scored: [(record: TextRecord, score: CrossEncoder.Score)] = []
        while true {
            let batch = try records.nextBatch()
            if batch.isEmpty { break }
            for record in batch { try record.requireSingle("rerank") }
            scored += zip(batch, try encoder.score(batch.map { (query, $0.text) }, truncate: truncate)).map { ($0, $1) }
        }
        scored.sort { ($1.score.logit, $0.record.index) < ($0.score.logit, $1.record.index) }
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, output.format)
            for (record, score) in scored.prefix(topK ?? .max) {
                let json: JSON = [
                    "index": .integer(record.index), "logit": JSON(score.logit.value), "score": JSON(score.score),
                    "text": .string(record.text),
                ]
                try printer.print(json) {
                    let terminal = output.messages.output
                    let text = record.text.visible
                    return terminal.styled(score.score.fixed(4), .bold) + "  "
                        + (terminal.isTerminal ? text.shortened(to: max(20, terminal.columns - 10)) : text)
                }
            }
            try printer.finish()
        }
    }
}
