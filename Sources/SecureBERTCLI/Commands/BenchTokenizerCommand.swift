import ArgumentParser
import SecureBERTJSON
import SecureBERTTokenizers

/// `securebert bench tokenizer`: how fast texts become ids.
struct BenchTokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Measure how fast a tokenizer loads and works, on one thread.",
        usage: "securebert bench tokenizer [<options>] [<file> ...]",
        discussion: """
            The lines of the files are tokenized one by one. MB are millions of bytes of text.

            EXAMPLES
              securebert bench tokenizer --model DIR report.txt
              securebert bench tokenizer --model DIR --json corpus.jsonl
            """)

    @OptionGroup var input: InputOptions

    @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
    var seconds = 2.0

    @OptionGroup var model: ModelNameOption
    // Nothing is computed, but scripts that pass these to every subcommand may pass them here.
    @OptionGroup(visibility: .hidden) var compute: ComputeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var records = input.records(output.messages)
        var texts: [String] = []
        while let record = try records.next() { texts.append(record.text) }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count }
        guard bytes > 0 else { throw CommandLineError(.badInput, "there is no text to tokenize in the input") }
        // The first load reads the files from disk; the later ones measure the work.
        let load = try Timing.measure(seconds: 0.2) { _ = try model.tokenizer() }
        let tokenizer = try model.tokenizer()
        var tokens = 0
        let timing = try Timing.measure(seconds: seconds) {
            tokens = try texts.reduce(0) { $0 + (try tokenizer.encode($1).count) }
        }
        let speed = Double(bytes) / timing.best / 1e6
        try StandardOutput.scope { out in
            guard output.format == .text else {
                let json: JSON = [
                    "megabytesPerSecond": .number(speed), "loadMilliseconds": .number(load.best * 1000),
                    "bytes": .integer(bytes), "tokens": .integer(tokens), "texts": .integer(texts.count),
                    "tokensPerSecond": .number(Double(tokens) / timing.best), "threads": 1,
                    "runs": .integer(timing.seconds.count),
                ]
                return try out.writeLine(json.text)
            }
            var table = Table([.left, .right])
            table.add(["speed, one thread", "\(speed.fixed(1)) MB/s"], style: .bold)
            table.add(["tokens per second", Int((Double(tokens) / timing.best).rounded()).grouped])
            table.add(["load", "\((load.best * 1000).fixed(1)) ms"])
            table.add(["text", "\(bytes.byteSize), \(texts.count.grouped) lines, \(tokens.grouped) tokens"])
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
        }
    }
}
