import ArgumentParser

/// `securebert evaluate`: how good a model is.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how good a model is.",
        usage: "securebert evaluate <subcommand> [<options>]",
        discussion: """
            EXAMPLES
              securebert evaluate mlm --model DIR --data objects.csv verbs.csv
              securebert evaluate mlm --help
            """,
        subcommands: [EvaluateMlmCommand.self])
}
