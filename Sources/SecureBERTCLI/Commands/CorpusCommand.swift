import ArgumentParser

/// `securebert corpus`: from raw text to what pretraining reads.
struct CorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "Build a corpus from public security text, and turn it into tokens.",
        usage: "securebert corpus <subcommand>",
        discussion: """
            EXAMPLES
              securebert corpus build --recipe corpus.toml --output corpus
              securebert corpus stats corpus
              securebert corpus tokenize --corpus corpus --model DIR --output tokens
              securebert corpus pairs corpus/train-*.jsonl.zst > pairs.jsonl
            """,
        subcommands: [
            CorpusBuildCommand.self, CorpusStatsCommand.self, CorpusTokenizeCommand.self, CorpusPairsCommand.self,
        ])
}
