import ArgumentParser

/// `securebert tokenizer`: makes vocabularies and compares them.
struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Learn vocabularies from text, and compare them.",
        usage: "securebert tokenizer <subcommand> [<options>]",
        discussion: """
            EXAMPLES
              securebert tokenizer train --input corpus/ --vocab-size 16384 --output DIR
              securebert tokenizer adapt --model DIR --input corpus/ --output NEW
              securebert tokenizer report --input valid.jsonl --tokenizers DIR
            """,
        subcommands: [TokenizerTrainCommand.self, TokenizerAdaptCommand.self, TokenizerReportCommand.self])
}
