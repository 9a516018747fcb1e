import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTokenizers
import SecureBERTTraining

/// `securebert tokenizer adapt`: a domain vocabulary for an existing model.
struct TokenizerAdaptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapt",
        abstract: "Give an existing model a vocabulary learned from other text.",
        usage: "securebert tokenizer adapt [<options>] --input <path> ... --output <dir>",
        discussion: """
            The method of SecureBERT: a vocabulary of the same size is learned from the input; special tokens keep their \
            ids, tokens that both vocabularies have keep their rows of the embeddings (and of the decoder, where it is not \
            tied), and a new token starts from the mean of the rows of the old tokens that spell it, plus noise. All else \
            is copied. The model should then be trained further, see pretrain.

            EXAMPLES
              securebert tokenizer adapt --model DIR --input corpus/ --output NEW
              securebert tokenizer adapt -m DIR --input a.jsonl.zst --output NEW \\
                --noise 0.01 --seed 1
            """)

    @OptionGroup var model: ModelNameOption
    @OptionGroup var documents: DocumentOptions

    @Option(help: ArgumentHelp("Folder to write, which must not exist yet.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Pairs that occur less often are not merged.", valueName: "n"))
    var minFrequency = 0

    @Option(
        help: ArgumentHelp(
            "Standard deviation of the noise, as a share of that of the embeddings.", valueName: "share"))
    var noise = 0.02

    @Option(help: ArgumentHelp("Seed of the noise.", valueName: "n"))
    var seed: UInt64 = 0

    @OptionGroup var results: OutputOptions

    mutating func validate() throws {
        guard (0...10).contains(noise) else { throw ValidationError("--noise must be 0 to 10, found \(noise)") }
        guard minFrequency >= 0 else {
            throw ValidationError("--min-frequency must be at least 0, found \(minFrequency)")
        }
    }

    func run() throws {
        let folder = try model.folder()
        let tokenizer = try Tokenizer(folder: folder.modelPath)
        guard let splitting = tokenizer.textSplitting else {
            throw CommandLineError(
                .badInput,
                "\(folder.path.visible): the tokenizer does not cut text by GPT-2's pattern, as RoBERTa's and ModernBERT's do"
            )
        }
        try AtomicFolder.checkFree(output)
        let reader = try documents.reader()
        let counts = try PretokenCounting.count(reader, splitting, threads: documents.threadCount, results.messages)
        let progress = ProgressBar("learning", unit: .tokens, isEnabled: !results.messages.quiet)
        let replacement: VocabularyReplacement
        do {
            defer { progress.finish() }
            replacement = try VocabularyReplacement(tokenizer, counts: counts, minimumFrequency: minFrequency) {
                progress.update(completed: $0, total: tokenizer.vocabularySize)
            }
        }
        let adaptation = VocabularyAdaptation(folder, replacement, noise: noise, seed: seed)
        let compute = try Compute(threads: documents.threads)
        try AtomicFolder.write(output) { try adaptation.write(to: $0, compute: compute) }
        try report(replacement, size: tokenizer.vocabularySize)
    }

    private func report(_ replacement: VocabularyReplacement, size: Int) throws {
        let shared = replacement.sharedCount
        let new = replacement.origins.count - shared
        let pieces = replacement.origins.values.reduce(0) { sum, origin in
            if case .pieces(let ids) = origin { sum + ids.count } else { sum }
        }
        let mean = new == 0 ? 0 : Double(pieces) / Double(new)
        try StandardOutput.scope { out in
            guard results.format == .text else {
                let json: JSON = [
                    "output": .string(output), "vocabularySize": .integer(size),
                    "sharedTokens": .integer(shared), "newTokens": .integer(new), "piecesPerNewToken": .number(mean),
                ]
                return try out.writeLine(json.text)
            }
            try out.writeLine(
                """
                wrote \(output.visible): \(shared.grouped) tokens kept, \(new.grouped) new ones from \
                \(mean.fixed(2)) old ones each
                """)
        }
    }
}
