import ArgumentParser

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document.")
    var json = false

    @Flag(help: "Print one JSON document per line, as results come.")
    var jsonl = false

    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        if json, jsonl { throw ValidationError("--json and --jsonl exclude each other") }
    }

    var format: ResultFormat { json ? .json : jsonl ? .jsonLines : .text }
}

/// What is said besides the results.
struct MessageOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "No progress and no remarks, only errors.")
    var quiet = false

    @Flag(help: "No colours; NO_COLOR does the same.")
    var noColor = false

    var output: Terminal { Terminal.standardOutput.colors(!noColor) }

    /// Prints a remark on the standard error, unless that was turned off.
    func note(_ text: @autoclosure () -> String) {
        if !quiet { Terminal.printNote(text()) }
    }
}

enum ResultFormat {
    /// For people.
    case text
    case json
    case jsonLines
}
