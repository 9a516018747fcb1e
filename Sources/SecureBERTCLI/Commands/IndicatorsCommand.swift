import ArgumentParser
import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// `securebert indicators`: addresses, hashes, identifiers, without a model.
struct IndicatorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "indicators",
        abstract: "Find addresses, hashes, identifiers, paths and other indicators, without a model.",
        usage: "securebert indicators [<options>] [<file> ...]",
        discussion: """
            Reads one text per line. Defanged forms such as hxxp and [.] are understood. Results are {"type", "text", "start", \
            "end", "value", "port", "defanged"}; the value is refanged. Without --json or --jsonl each is a line: type, \
            tab, value.

            EXAMPLES
              securebert indicators report.txt | sort -u
              securebert indicators --types domain url ipv4 --defang -- report.txt
              securebert indicators --jsonl --input-format jsonl alerts.jsonl
            """)

    @OptionGroup var input: InputOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only these types, such as domain, url, sha256 or cve. Default: all.", valueName: "type"))
    var types: [String] = []

    @Flag(help: "Write values so that nobody opens them by accident: hxxp[:]//evil[.]example.")
    var defang = false

    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        if let odd = types.first(where: { IndicatorType(rawValue: $0) == nil }) {
            throw ValidationError(
                "--types has \(odd.visible), expected \(IndicatorType.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }

    func run() throws {
        let chosen = types.isEmpty ? Set(IndicatorType.allCases) : Set(types.compactMap(IndicatorType.init))
        let extractor = IndicatorExtractor(types: chosen)
        try StandardOutput.scope { out in
            var records = input.records(flushing: out, output.messages)
            var printer = ResultPrinter(out, output.format)
            while true {
                let batch = try records.nextBatch()
                if batch.isEmpty { break }
                for record in batch {
                    try record.requireSingle("indicators")
                    let found = extractor(record.text)
                    if output.format == .text {
                        for indicator in found {
                            try out.writeLine("\(indicator.type.rawValue)\t\(value(indicator).visible)")
                        }
                    } else {
                        try printer.print(json(record, found)) { "" }
                    }
                }
            }
            try printer.finish()
        }
    }

    private func value(_ indicator: Indicator) -> String { defang ? indicator.defanged : indicator.value }

    private func json(_ record: TextRecord, _ found: [Indicator]) -> JSON {
        let units = TextOffsets(record.text)
        let indicators = found.map { indicator -> JSON in
            let range = offsets.offsets.of(units.range(indicator.range))
            return [
                "type": .string(indicator.type.rawValue), "text": .string(indicator.text),
                "start": .integer(range.lowerBound), "end": .integer(range.upperBound),
                "value": .string(value(indicator)), "port": indicator.port.map(JSON.integer) ?? .null,
                "defanged": .bool(indicator.isDefanged),
            ]
        }
        return ["id": record.id, "indicators": .array(indicators)]
    }
}
