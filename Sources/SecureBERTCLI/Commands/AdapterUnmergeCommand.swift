import ArgumentParser

/// `securebert adapter unmerge`: a model without the adapter that is in its weights.
struct AdapterUnmergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmerge",
        abstract: "Write a model without the adapter that is in its weights.",
        usage: "securebert adapter unmerge [--model <dir>] --adapter <dir> --output <dir>",
        discussion: """
            From each adapted matrix the product of its two factors is taken away, which gives the numbers from before the \
            merge up to rounding. Modules that were trained in full stay, since nothing says what they were.

            EXAMPLES
              securebert adapter unmerge --model merged --adapter runs/vuln/adapter --output base
            """)

    @OptionGroup var options: AdapterOptions

    func run() throws {
        try options.write(unmerging: true)
        options.messages.note("its matrices are those from before the merge up to rounding")
    }
}
