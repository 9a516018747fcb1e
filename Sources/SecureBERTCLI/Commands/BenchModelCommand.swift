import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// `securebert bench model`, and `securebert bench` alone: how fast a model is on this machine.
struct BenchModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Measure how fast a model encodes; what bench alone does.",
        usage: "securebert bench [model] [<options>]",
        discussion: """
            Random ids go through the encoder: one run to warm up, then as many as fit the time. Tokens per second are \
            those of the best run. Without --batch, --length and --mixed, every standard cell that fits the model is \
            measured. The cold start counts from the start of the program to the first result.

            EXAMPLES
              securebert bench --model DIR
              securebert bench --model DIR --batch 8 --length 128 --threads 2 --json
              securebert bench --model DIR --mixed --seconds 5
            """)

    @Option(help: ArgumentHelp("Sequences that are computed together.", valueName: "n"))
    var batch: Int?

    @Option(help: ArgumentHelp("Tokens of each sequence.", valueName: "n"))
    var length: Int?

    @Flag(help: "512 sequences with the lengths of real sentences.")
    var mixed = false

    @Option(
        help: ArgumentHelp("Sequences with the lengths in this JSON array.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var lengths: String?

    @Option(help: ArgumentHelp("How long to measure each cell.", valueName: "s"))
    var seconds = 2.0

    @Option(help: ArgumentHelp("Seed of the random ids.", valueName: "n"))
    var seed: UInt64 = 1

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        let ways = [mixed, lengths != nil, batch != nil || length != nil]
        guard ways.count(where: { $0 }) <= 1 else {
            throw ValidationError("--mixed, --lengths, and --batch with --length exclude each other")
        }
        for (name, value) in [("--batch", batch), ("--length", length)] {
            if let value, !(1...1_000_000).contains(value) {
                throw ValidationError("\(name) must be 1 to 1000000, found \(value)")
            }
        }
        guard (0...86_400).contains(seconds) else {
            throw ValidationError("--seconds must be 0 to 86400, found \(seconds)")
        }
    }

    private func chosenCell() throws -> BenchCell? {
        if mixed { return .mixed }
        if let lengths { return try BenchCell(lengthsFile: lengths) }
        return batch == nil && length == nil ? nil : .uniform(batch: batch ?? 1, length: length ?? 128)
    }

    func run() throws {
        let chosen = try chosenCell()
        let model = try model.load(output.messages, head: ModelHead.none)
        try firstResult(model)
        let coldStart = (ContinuousClock.now - Program.start) / .milliseconds(1)
        let limit = model.transformer.encoder.maximumTokens
        if let chosen, chosen.longest > limit {
            throw CommandLineError(
                .usage,
                "\(model.path.visible): takes at most \(limit) tokens, a length of \(chosen.longest) was asked for")
        }
        var results: [BenchResult] = []
        let cells = chosen.map { [$0] } ?? BenchCell.standard.filter { $0.longest <= limit }
        try StandardOutput.scope { out in
            if output.format == .text { try out.write(header(model, coldStart)) }
            for cell in cells {
                let result = try measure(cell, model)
                results.append(result)
                if output.format == .text {
                    try out.writeLine(result.row)
                    try out.flush()
                }
            }
            let footer = output.messages.output.styled("peak memory \(SystemCalls.peakResidentBytes.byteSize)", .dim)
            switch output.format {
            case .text: try out.writeLine(footer)
            case .json, .jsonLines: try out.writeLine(json(model, coldStart, results, isSingle: chosen != nil).text)
            }
        }
    }

    /// What a user waits for: a text, tokenized and encoded.
    private func firstResult(_ model: PretrainedModel) throws {
        let encoding = try model.tokenizer.encode("CVE-2021-44228 is exploited in the wild.")
        let ids = Array(encoding.ids.prefix(model.transformer.encoder.maximumTokens))
        _ = try model.transformer.encoder(TokenBatch([ids]), model.compute)
    }

    private func measure(_ cell: BenchCell, _ model: PretrainedModel) throws -> BenchResult {
        var random = SeededGenerator(seed: seed)
        let shared = model.folder.configuration.shared
        let sequences = cell.lengths(&random).map { length in
            (0..<length).map { _ in
                // The padding id would change RoBERTa's positions.
                let id = Int.random(in: 0..<max(1, shared.vocabularySize - 1), using: &random)
                return Int32(id >= shared.paddingID ? min(id + 1, shared.vocabularySize - 1) : id)
            }
        }
        let isUniform = if case .uniform = cell { true } else { false }
        let batches = isUniform ? [try TokenBatch(sequences)] : try split(sequences)
        let timing = try Timing.measure(seconds: seconds) {
            for batch in batches { _ = try model.transformer.encoder(batch, model.compute) }
        }
        return BenchResult(cell: cell, tokens: sequences.reduce(0) { $0 + $1.count }, timing: timing)
    }

    /// Batches as the tasks make them.
    private func split(_ sequences: [[Int32]]) throws -> [TokenBatch] {
        var batches: [TokenBatch] = []
        var current: [[Int32]] = []
        var tokens = 0
        for sequence in sequences {
            if !current.isEmpty, tokens + sequence.count > PretrainedModel.tokenBudget {
                batches.append(try TokenBatch(current))
                (current, tokens) = ([], 0)
            }
            current.append(sequence)
            tokens += sequence.count
        }
        if !current.isEmpty { batches.append(try TokenBatch(current)) }
        return batches
    }

    private func header(_ model: PretrainedModel, _ coldStart: Double) -> String {
        let terminal = output.messages.output
        return """
            \(terminal.styled(model.path.visible, .bold)): f32, \(Compute.instructionSet), \(model.compute.threads) \
            threads, cold start \(coldStart.fixed(0)) ms
            \(terminal.styled(BenchResult.columns, .dim))

            """
    }

    private func json(_ model: PretrainedModel, _ coldStart: Double, _ results: [BenchResult], isSingle: Bool) -> JSON {
        let members: [JSON.Object.Member] = [
            ("model", .string(model.path)), ("architecture", .string(model.folder.configuration.modelType)),
            ("precision", "f32"), ("isa", .string(Compute.instructionSet)),
            ("threads", .integer(model.compute.threads)),
            ("coldStartMilliseconds", .number(coldStart)),
        ]
        let memory: JSON.Object.Member = ("peakResidentBytes", .integer(SystemCalls.peakResidentBytes))
        if isSingle, let result = results.first {
            return .object(.init(members + result.members + [memory]))
        }
        return .object(.init(members + [("cells", .array(results.map { .object(.init($0.members)) })), memory]))
    }
}

/// What was measured in a cell.
struct BenchResult {
    let cell: BenchCell
    let tokens: Int
    let timing: Timing

    var tokensPerSecond: Double { Double(tokens) / timing.best }

    static let columns = "batch x length    tokens/s     best ms   median ms   runs"

    /// The result under ``columns``.
    var row: String {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        return right(cell.name, 14) + right(Int(tokensPerSecond.rounded()).grouped, 12)
            + right((timing.best * 1000).fixed(2), 12) + right((timing.median * 1000).fixed(2), 12)
            + right("\(timing.seconds.count)", 7)
    }

    var members: [JSON.Object.Member] {
        var members: [JSON.Object.Member] = []
        if case .uniform(let batch, let length) = cell {
            members = [("batch", .integer(batch)), ("length", .integer(length))]
        } else {
            members = [("mixed", true), ("longest", .integer(cell.longest))]
        }
        return members + [
            ("tokens", .integer(tokens)), ("tokensPerSecond", .number(tokensPerSecond)),
            ("milliseconds", .number(timing.best * 1000)), ("medianMilliseconds", .number(timing.median * 1000)),
            ("runs", .integer(timing.seconds.count)),
        ]
    }
}
