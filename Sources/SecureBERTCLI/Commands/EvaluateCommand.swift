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
              securebert evaluate ner --model DIR --data test.txt --html report.html
              securebert evaluate retrieval --model DIR --data retrieval/cve-to-cwe
              securebert evaluate all --suite Recipes/evaluation.toml --data DATA
            """,
        subcommands: [
            EvaluateMlmCommand.self, EvaluateNerCommand.self, EvaluateClassifyCommand.self, EvaluateVulnCommand.self,
            EvaluateRetrievalCommand.self, EvaluateRerankCommand.self, EvaluateAnswerCommand.self,
            EvaluateLogsCommand.self, EvaluateComplianceCommand.self, EvaluateAllCommand.self,
        ])
}
