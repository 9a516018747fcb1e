import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTokenizers
import SecureBERTTraining

/// `securebert tokenizer train`: a byte-level BPE vocabulary from text.
struct TokenizerTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Learn a byte-level BPE vocabulary from text.",
        usage: "securebert tokenizer train [<options>] --input <path> ... --output <dir>",
        discussion: """
            Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json, as the reference library reads them, \
            with the merges its own trainer learns from the same texts. The result does not depend on --threads.

            EXAMPLES
              securebert tokenizer train --input corpus/ --vocab-size 16384 --output DIR
              securebert tokenizer train --input a.jsonl.zst b.txt --output DIR --split-digits
              securebert tokenizer train --input a.txt --output DIR \\
                --special-tokens '<s>,<pad>,</s>,<unk>,<mask>'
            """)

    @OptionGroup var documents: DocumentOptions

    @Option(
        help: ArgumentHelp("Folder to write to; made if it is not there.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Number of tokens, special ones and the 256 bytes included.", valueName: "n"))
    var vocabSize = 16_384

    @Option(help: ArgumentHelp("Pairs that occur less often are not merged.", valueName: "n"))
    var minFrequency = 0

    @Option(
        help: ArgumentHelp(
            "Special tokens in the order of their ids, separated by commas.", valueName: "token,token"))
    var specialTokens = BytePairTrainer.Options.modernBertSpecialTokens.joined(separator: ",")

    @Flag(help: "Let every digit stand alone, so that no number becomes a word.")
    var splitDigits = false

    @Flag(inversion: .prefixedNo, help: "Bring text into Unicode's composed form (NFC) first.")
    var normalize = true

    @Option(help: ArgumentHelp("Longest input of the model in tokens, for tokenizer_config.json.", valueName: "n"))
    var maxLength: Int?

    @OptionGroup var results: OutputOptions

    mutating func validate() throws {
        guard minFrequency >= 0 else {
            throw ValidationError("--min-frequency must be at least 0, found \(minFrequency)")
        }
        if let maxLength, maxLength < 1 { throw ValidationError("--max-length must be at least 1, found \(maxLength)") }
    }

    func run() throws {
        let special = specialTokens.split(separator: ",").map(String.init)
        let trainer = try Self.asUsage {
            try BytePairTrainer(
                .init(vocabularySize: vocabSize, minimumFrequency: minFrequency, specialTokens: special))
        }
        let splitting = TextSplitting(composes: normalize, splitsDigits: splitDigits)
        let reader = try documents.reader()
        try OutputFolder.prepare(output)
        let start = ContinuousClock.now
        let counts = try PretokenCounting.count(reader, splitting, threads: documents.threadCount, results.messages)
        let counted = ContinuousClock.now
        let progress = ProgressBar(
            "learning", total: vocabSize, unit: .tokens, isEnabled: !results.messages.quiet)
        let learned: LearnedVocabulary
        do {
            defer { progress.finish() }
            learned = try trainer.train(counts) { progress.update(completed: $0) }
        }
        let end = ContinuousClock.now
        for file in learned.files(splitting: splitting, maximumLength: maxLength) {
            try AtomicFile.write(file.bytes, to: FileSystem.join(output, file.name))
        }
        if learned.tokens.count < vocabSize {
            results.messages.note(
                "the input gives only \(learned.tokens.count.grouped) tokens: no pair is left that is frequent enough")
        }
        try report(learned, counts, counting: counted - start, learning: end - counted)
    }

    /// A request the trainer refuses is a matter of the options.
    private static func asUsage<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as TokenizerError {
            throw CommandLineError(.usage, error.description)
        }
    }

    private func report(
        _ learned: LearnedVocabulary, _ counts: PretokenCounts, counting: Duration, learning: Duration
    ) throws {
        let (countSeconds, learnSeconds) = (counting / .seconds(1), learning / .seconds(1))
        try StandardOutput.scope { out in
            guard results.format == .text else {
                let json: JSON = [
                    "output": .string(output), "vocabularySize": .integer(learned.tokens.count),
                    "merges": .integer(learned.merges.count), "bytes": .integer(counts.textBytes),
                    "pretokens": .integer(counts.total), "differentPretokens": .integer(counts.count),
                    "countingSeconds": .number(countSeconds), "learningSeconds": .number(learnSeconds),
                    "threads": .integer(documents.threadCount),
                ]
                return try out.writeLine(json.text)
            }
            try out.writeLine(
                "wrote \(output.visible): \(learned.tokens.count.grouped) tokens, \(learned.merges.count.grouped) merges"
            )
            try out.writeLine(
                """
                from \(counts.textBytes.byteSize), \(counts.total.grouped) words (\(counts.count.grouped) different): \
                counted in \(countSeconds.fixed(1)) s, learned in \(learnSeconds.fixed(1)) s
                """)
        }
    }
}

/// Counting the pre-tokens of a corpus with a progress line.
enum PretokenCounting {
    static func count(
        _ reader: TextFiles, _ splitting: TextSplitting, threads: Int, _ messages: MessageOptions
    ) throws -> PretokenCounts {
        let progress = ProgressBar("reading", unit: .bytes, isEnabled: !messages.quiet)
        defer { progress.finish() }
        let parts = try reader.reduce(
            threads: threads, initial: PretokenCounts(), progress: { progress.update(completed: $0) }
        ) { counts, document in try splitting.count(document.text, into: &counts) }
        var result = parts.first ?? PretokenCounts()
        for part in parts.dropFirst() { try result.add(part) }
        return result
    }
}
