import ArgumentParser
import SecureBERTJSON
import SecureBERTTraining

/// `securebert tokenizer report`: how vocabularies cut the same texts.
struct TokenizerReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Compare how vocabularies cut the same texts.",
        usage: "securebert tokenizer report [<options>] --input <path> --tokenizers <dir>",
        discussion: """
            Tokens per word, bytes per token and the share of words that are one token, separately for what the lines of \
            JSON say they are ("kind": text or code). Words are what white space separates; for the share, punctuation at \
            both ends is taken off. A tokenizer is a folder, a tokenizer.json, or a vocab.json with merges.txt beside it.

            EXAMPLES
              securebert tokenizer report --input valid.jsonl.zst --tokenizers DIR
              securebert tokenizer report --input valid.jsonl --json \\
                --tokenizers DIR gpt2-vocab.json gpt-neox-20b-tokenizer.json.zst
            """)

    @OptionGroup var documents: DocumentOptions

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("The tokenizers to compare.", valueName: "path"),
        completion: .file())
    var tokenizers: [String]

    @Option(help: ArgumentHelp("The key in JSON lines that tells kinds of texts apart.", valueName: "key"))
    var groupBy = "kind"

    @OptionGroup var output: OutputOptions

    func run() throws {
        let tokenizers = try tokenizers.map { try NamedTokenizer(path: $0) }
        let comparison = VocabularyComparison(
            tokenizers.map(\.tokenizer), reader: try documents.reader(), groupKey: groupBy)
        let progress = ProgressBar("reading", unit: .bytes, isEnabled: !output.messages.quiet)
        let groups: [VocabularyComparison.Group]
        do {
            defer { progress.finish() }
            groups = try comparison.run(threads: documents.threadCount) { progress.update(completed: $0) }
        }
        guard !groups.isEmpty else { throw CommandLineError(.badInput, "the input is empty: there is no text") }
        try StandardOutput.scope { out in
            guard output.format == .text else { return try out.writeLine(json(tokenizers, groups).text) }
            for text in table(tokenizers, groups) { try out.writeLine(text) }
        }
    }

    private func json(_ tokenizers: [NamedTokenizer], _ groups: [VocabularyComparison.Group]) -> JSON {
        let entries = tokenizers.enumerated().map { index, tokenizer -> JSON in
            let groups = groups.map { group -> JSON.Object.Member in
                let found = group.statistics[index]
                return (
                    group.name,
                    [
                        "documents": .integer(found.documents), "bytes": .integer(found.bytes),
                        "words": .integer(found.words), "tokens": .integer(found.tokens),
                        "unknownTokens": .integer(found.unknownTokens), "tokensPerWord": .number(found.tokensPerWord),
                        "bytesPerToken": .number(found.bytesPerToken),
                        "singleTokenShare": .number(found.singleTokenShare),
                    ]
                )
            }
            return [
                "tokenizer": .string(tokenizer.name), "vocabularySize": .integer(tokenizer.tokenizer.vocabularySize),
                "groups": .object(.init(groups)),
            ]
        }
        return ["tokenizers": .array(entries)]
    }

    private func table(_ tokenizers: [NamedTokenizer], _ groups: [VocabularyComparison.Group]) -> [String] {
        var table = Table([.left, .left, .right, .right, .right, .right, .right])
        table.add(
            ["tokenizer", "kind", "vocabulary", "tokens/word", "bytes/token", "1-token words", "unknown"], style: .bold)
        for (index, tokenizer) in tokenizers.enumerated() {
            for group in groups {
                let found = group.statistics[index]
                table.add([
                    tokenizer.name.visible, group.name.visible, tokenizer.tokenizer.vocabularySize.grouped,
                    found.tokensPerWord.fixed(3), found.bytesPerToken.fixed(3),
                    "\((found.singleTokenShare * 100).fixed(1)) %", found.unknownTokens.grouped,
                ])
            }
        }
        return table.lines(output.messages.output)
    }
}
