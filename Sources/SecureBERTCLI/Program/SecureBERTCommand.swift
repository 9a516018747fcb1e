import ArgumentParser

/// `securebert`: the root of all subcommands.
struct SecureBERTCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "securebert",
        abstract: "Runs the SecureBERT family of language models for cybersecurity: offline, on the CPU.",
        discussion: """
            EXAMPLES
              securebert pull cisco-ai/SecureBERT2.0-base
              export SECUREBERT_MODEL=cisco-ai/SecureBERT2.0-base
              securebert fill-mask 'The ransomware deletes shadow [MASK].'
              securebert search -m DIR 'lateral movement over SMB' reports/
              securebert index build reports/ && securebert search CVE-2024-1234
              securebert scan src/

            Data goes to the standard output and messages to the standard error. Exit codes: 0 done, 1 findings (only \
            scan --fail-on), 2 usage, 3 bad model or input file, 4 not found or offline, 70 internal error, 130 interrupted.

            Shell completion: securebert --generate-completion-script bash|zsh|fish
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Task",
                subcommands: [
                    FillMaskCommand.self, EmbedCommand.self, SimilarityCommand.self, SearchCommand.self,
                    IndexCommand.self, RerankCommand.self, NerCommand.self, ClassifyCommand.self, AnswerCommand.self,
                ]),
            CommandGroup(
                name: "Analysis",
                subcommands: [
                    AnalyzeCommand.self, EnrichCommand.self, ScanCommand.self, LogsCommand.self,
                    ComplyCommand.self, IndicatorsCommand.self, KnowledgeCommand.self,
                ]),
            CommandGroup(name: "Server", subcommands: [ServeCommand.self]),
            CommandGroup(
                name: "Model",
                subcommands: [
                    PullCommand.self, InspectCommand.self, ConvertCommand.self, TokenizeCommand.self,
                    EncodeCommand.self, BenchCommand.self,
                ]),
            CommandGroup(
                name: "Training",
                subcommands: [
                    CorpusCommand.self, TokenizerCommand.self, PretrainCommand.self, FinetuneCommand.self,
                    AdapterCommand.self, MineCommand.self,
                    EvaluateCommand.self,
                ]),
        ])

    static let version = "0.1.0"
}
