import ArgumentParser

/// Where texts come from.
struct InputOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Files to read; - is the standard input, the default.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            text: one text per line. jsonl: {"text", "text_pair"?, "id"?} per line. document: each file is one text. \
            Default: by the file's name, otherwise text.
            """,
            valueName: "format"))
    var inputFormat: InputFormat?

    /// The records of all files.
    /// - Parameters:
    ///   - fallback: The format when neither the option nor the file's name says jsonl.
    ///   - output: Flushed whenever the input makes us wait.
    func records(
        fallback: InputFormat = .text, flushing output: StandardOutput? = nil, _ messages: MessageOptions
    ) -> RecordReader {
        let paths = files.isEmpty ? ["-"] : files
        if paths.contains("-"), Terminal.inputIsTerminal {
            messages.note("reading from the terminal, end with Ctrl-D")
        }
        return RecordReader(paths, format: inputFormat, fallback: fallback) { try output?.flush() }
    }
}

extension InputFormat: ExpressibleByArgument {}
