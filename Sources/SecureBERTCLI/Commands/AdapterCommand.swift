import ArgumentParser

/// `securebert adapter`: LoRA adapters and the models they are for.
struct AdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter",
        abstract: "Put LoRA adapters into models, and take them out.",
        usage: "securebert adapter <subcommand> [<options>]",
        discussion: """
            Adapters are folders as PEFT writes and reads them, from finetune with a recipe that has a table [lora], or \
            from elsewhere.

            EXAMPLES
              securebert adapter merge --model BASE --adapter DIR --output MERGED
              securebert adapter unmerge --model MERGED --adapter DIR --output BASE
            """,
        subcommands: [AdapterMergeCommand.self, AdapterUnmergeCommand.self])
}
