import ArgumentParser

/// `securebert tokenizer`: makes vocabularies and compares them.
struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Learn a vocabulary from text, or compare vocabularies.",
        usage: "securebert tokenizer <subcommand> [<options>]",
        discussion: """
            EXAMPLES
              securebert tokenizer train --input corpus/ --vocab-size 16384 --output DIR
              securebert tokenizer train --help
            """,
        subcommands: [TokenizerTrainCommand.self, TokenizerReportCommand.self])
}
