import ArgumentParser

/// `securebert logs`: log lines that are not like the others.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Find log lines that are not normal: rare or new templates, surprising words, words of faults.",
        usage: "securebert logs [fit|score|templates] [<options>] [<file> ...]",
        discussion: """
            Lines are grouped by template (Drain). The score of a line is -log of its template's share of the normal lines, in which new \
            templates share one line by how well a masked language model expects their words, and twice the log of the odds that the model \
            reads a fault in it. Lines above a threshold, which was fitted on normal lines, are anomalies.
            Without a subcommand lines are scored: see securebert logs score --help.

            EXAMPLES
              securebert logs app.log
              securebert logs fit clean.log --output profile.json
              securebert logs --profile profile.json app.log
              tail -F app.ndjson | securebert logs --profile profile.json --jsonl
              securebert logs templates app.log
            """,
        subcommands: [LogsScoreCommand.self, LogsFitCommand.self, LogsTemplatesCommand.self],
        defaultSubcommand: LogsScoreCommand.self)
}
