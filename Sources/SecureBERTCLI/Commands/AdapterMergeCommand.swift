import ArgumentParser

/// `securebert adapter merge`: a model with an adapter in its weights.
struct AdapterMergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Write a model with an adapter in its weights, which every subcommand loads.",
        usage: "securebert adapter merge [--model <dir>] --adapter <dir> --output <dir>",
        discussion: """
            To each adapted matrix the product of its two factors is added; modules that were trained in full replace the \
            model's. Labels are those of config.json in the adapter's folder, or else the model's. Weights are written as \
            float32.

            EXAMPLES
              securebert adapter merge --model Models/securebert-mini --adapter runs/vuln/adapter \\
                --output merged
            """)

    @OptionGroup var options: AdapterOptions

    func run() throws { try options.write(unmerging: false) }
}
