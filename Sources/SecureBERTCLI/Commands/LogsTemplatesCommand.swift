import ArgumentParser
import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// `securebert logs templates`: the statements that wrote the lines.
struct LogsTemplatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "Print the templates of log lines and how often each occurs, without a model.",
        usage: "securebert logs templates [<options>] [<file> ...]",
        discussion: """
            Drain with masks of numbers, addresses, hexadecimal identifiers and paths; memory holds 4,096 templates, of which the one \
            not used for longest makes room. With --assign every line's template is printed in place of the list.

            EXAMPLES
              securebert logs templates /var/log/syslog
              securebert logs templates --jsonl --field message app.ndjson
              securebert logs templates --assign --jsonl app.log
            """)

    @OptionGroup var input: LogInputOptions

    @OptionGroup var headers: LogHeaderOptions

    @Option(
        help: ArgumentHelp(
            "The share of its words that a line must have in common with its template.", valueName: "0...1"))
    var similarity = LogTemplateMiner.Settings().similarity

    @Option(help: ArgumentHelp("Templates that are kept.", valueName: "n"))
    var maximumTemplates = LogTemplateMiner.Settings().maximumTemplates

    @Flag(help: "Print the template's number for every line, as it was when the line came.")
    var assign = false

    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard (0...1).contains(similarity) else {
            throw ValidationError("--similarity must be 0 to 1, found \(similarity)")
        }
        guard (1...1_000_000).contains(maximumTemplates) else {
            throw ValidationError("--maximum-templates must be 1 to 1000000, found \(maximumTemplates)")
        }
    }

    func run() throws {
        var settings = LogTemplateMiner.Settings()
        (settings.similarity, settings.maximumTemplates) = (similarity, maximumTemplates)
        let header = headers.header
        var miner = LogTemplateMiner(settings)
        var records = input.records(key: "", output.messages)
        let progress = ProgressBar("reading", unit: .lines, isEnabled: !output.messages.quiet)
        defer { progress.finish() }
        try StandardOutput.scope { out in
            var printer = ResultPrinter(out, output.format)
            var lines = 0
            while let record = try records.next() {
                guard case .message(let bytes) = record.content else {
                    if case .odd(let problem) = record.content {
                        output.messages.note("\(record.file), line \(record.number): \(problem); left out")
                    }
                    continue
                }
                let id = miner.add(header.content(of: bytes)).id
                lines += 1
                progress.update(completed: lines)
                guard assign else { continue }
                try printer.print(["line": .integer(record.number), "template_id": .integer(id)]) {
                    "\(record.number)\t\(id)"
                }
            }
            progress.finish()
            if !assign { try list(miner.templates, of: lines, &printer, out) }
            try printer.finish()
        }
        try records.throwFailures()
    }

    private func list(
        _ templates: [LogTemplate], of lines: Int, _ printer: inout ResultPrinter, _ out: StandardOutput
    ) throws {
        let sorted = templates.sorted { ($1.count, $0.id) < ($0.count, $1.id) }
        guard output.format == .text else {
            for template in sorted {
                try printer.print(
                    [
                        "template_id": .integer(template.id), "count": .integer(template.count),
                        "frequency": .number(Double(template.count) / Double(max(1, lines))),
                        "template": .string(template.text),
                    ]) { "" }
            }
            return
        }
        var table = Table([.right, .right, .left])
        let terminal = output.messages.output
        for template in sorted {
            let share = Double(template.count) / Double(max(1, lines)) * 100
            table.add([template.count.grouped, "\(share.fixed(2)) %", template.text.visible])
        }
        for line in table.lines(terminal) { try out.writeLine(line) }
        try out.writeLine(terminal.styled("\(lines.counted("line")), \(sorted.count.counted("template"))", .dim))
    }
}
