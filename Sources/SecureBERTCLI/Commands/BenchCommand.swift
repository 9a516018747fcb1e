import ArgumentParser

/// `securebert bench`: how fast this machine is. It has no options of its own: ArgumentParser would take those of a subcommand
/// with the same name for them.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast a model, its tokenizer, its making or a search is on this machine.",
        usage: """
            securebert bench [model] [<options>]
                   securebert bench tokenizer [<options>] [<file> ...]
                   securebert bench training --config <file> [<options>]
                   securebert bench corpus --recipe <file> [<options>]
                   securebert bench vectors [<options>]
            """,
        discussion: """
            Without the name of a subcommand the model is measured; securebert bench model --help has the options.

            EXAMPLES
              securebert bench --model DIR
              securebert bench --model DIR --batch 8 --length 128 --threads 2 --json
              securebert bench tokenizer --model DIR report.txt
              securebert bench training --config DIR/config.json --batch 8 --length 512
              securebert bench corpus --recipe corpus.toml
              securebert bench vectors --rows 1000000 --dimensions 384
            """,
        subcommands: [
            BenchModelCommand.self, BenchTokenizerCommand.self, BenchTrainingCommand.self, BenchCorpusCommand.self,
            BenchVectorsCommand.self,
        ],
        defaultSubcommand: BenchModelCommand.self)
}
