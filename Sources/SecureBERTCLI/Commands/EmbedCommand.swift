import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON

/// `securebert embed`: one vector per text.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts into vectors.",
        usage: "securebert embed [<options>] [<file> ...]",
        discussion: """
            Each text gives {"id", "embedding", "tokens", "windows", "truncated"}, one JSON document per line unless --json \
            is given.

            EXAMPLES
              securebert embed -m DIR --normalize sentences.txt > vectors.jsonl
              echo 'phishing mail' | securebert embed -m DIR --pooling cls
              securebert embed -m DIR --prompt query --dimensions 256 queries.jsonl
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var embedding: EmbeddingOptions

    @Option(help: ArgumentHelp("Put this prompt of the model's folder before each text.", valueName: "name"))
    var prompt: String?

    @Option(help: ArgumentHelp("Put this text before each text; an empty one for no prompt.", valueName: "text"))
    var promptText: String?

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if prompt != nil, promptText != nil { throw ValidationError("--prompt and --prompt-text exclude each other") }
    }

    func run() throws {
        let encoder = try SentenceEncoder(model.load(output.messages, head: ModelHead.none, default: .embed))
        let options = embedding.options(
            prompt: prompt.map { .named($0) } ?? promptText.map { .text($0) } ?? .standard)
        try StandardOutput.scope { out in
            var records = input.records(flushing: out, output.messages)
            var printer = ResultPrinter(out, output.format == .json ? .json : .jsonLines)
            while true {
                let batch = try records.nextBatch()
                if batch.isEmpty { break }
                for record in batch { try record.requireSingle("embed") }
                for (record, result) in zip(batch, try encoder(batch.map(\.text), options: options)) {
                    try printer.print(json: { Self.write(record, result, to: &$0) }, text: { "" })
                }
            }
            try printer.finish()
        }
    }

    private static func write(_ record: TextRecord, _ result: SentenceEncoder.Embedding, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"id":"#.utf8)
        record.id.write(into: &out)
        out.append(contentsOf: #","embedding":"#.utf8)
        JSONLine.append(result.vector, to: &out) { JSONLine.append($0, to: &$1) }
        for (key, value) in result.usage.members {
            out.append(contentsOf: ",\"\(key)\":".utf8)
            value.write(into: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}
