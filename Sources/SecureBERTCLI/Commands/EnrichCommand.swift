import ArgumentParser
import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// `securebert enrich`: log and alert records, with what their texts say.
struct EnrichCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrich",
        abstract:
            "Add entities, indicators and techniques to records: JSON lines in, the same lines out with one more key.",
        usage: "securebert enrich [--field <path> ...] [--key <name>] [<options>]",
        discussion: """
            Reads records from the standard input as they come and writes them in the same order, byte for byte but for the new key: \
            {"entities", "indicators", "techniques"}. For Logstash, Vector, Fluent Bit, Splunk and Spark's pipe. Records without the fields, \
            lines that are no JSON objects, and texts that the model cannot read, pass through as they are; of the latter two the numbers are \
            printed.

            EXAMPLES
              securebert enrich --field message < alerts.ndjson > enriched.ndjson
              securebert enrich --field event.original rule.description --key threat.securebert
              tail -F eve.json | securebert enrich --field alert.signature
            """)

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Where the texts are: keys with dots between; a text or a list of texts. Default: message.",
            valueName: "path"))
    var field: [String] = ["message"]

    @Option(help: ArgumentHelp("The key of the results, which records must not have yet.", valueName: "name"))
    var key = "securebert"

    @Option(
        help: ArgumentHelp(
            "The least probability of a technique. Default: chosen on labelled sentences.", valueName: "0...1"))
    var techniqueThreshold: Float?

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var offsets: OffsetOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var messages: MessageOptions

    /// Records that are read together when they are there already.
    private static let batchSize = 64
    /// Lines that are not records are named up to this many.
    private static let namedLines = 10

    mutating func validate() throws {
        guard !key.isEmpty else { throw ValidationError("--key must not be empty") }
        if let techniqueThreshold, !(0...1).contains(techniqueThreshold) {
            throw ValidationError("--technique-threshold must be 0 to 1, found \(techniqueThreshold)")
        }
    }

    func run() throws {
        let folder = try InstalledKnowledge.folder(knowledge.knowledge)
        let analyzer = try ReportAnalyzer.load(
            ner: nil, KnowledgeBase(folder: folder), folder: folder, compute, messages)
        var reader = LineReader(try InputFile("-"))
        var counts = Counts()
        try StandardOutput.scope { out in
            while true {
                var records: [EnrichedRecord] = []
                while records.count < Self.batchSize, records.isEmpty || reader.isReady,
                    let line = try reader.nextBytes()
                {
                    records.append(EnrichedRecord(line, fields: field, key: key))
                }
                if records.isEmpty { break }
                try write(records, analyzer, to: out, &counts)
                // Whoever waits for a record behind this one gets this one first.
                if !reader.isReady { try out.flush() }
            }
        }
        report(counts)
    }

    private struct Counts {
        var records = 0
        var withoutText = 0
        var odd = 0
    }

    private func write(
        _ records: [EnrichedRecord], _ analyzer: ReportAnalyzer, to out: StandardOutput, _ counts: inout Counts
    ) throws {
        var options = ReportAnalyzer.Options()
        options.techniqueThreshold = techniqueThreshold
        let texts = records.compactMap(\.text)
        var results = texts.map { ReportAnalyzer.Report($0) }.separateResults { try analyzer($0, options: options) }[
            ...]
        func pass(_ record: EnrichedRecord, _ problem: String) throws {
            counts.odd += 1
            if counts.odd <= Self.namedLines {
                messages.note("standard input, line \(record.number): \(problem); passed through")
            }
            try out.write { $0 += record.line + [0x0A] }
        }
        for record in records {
            counts.records += 1
            switch record.content {
            case .text:
                switch results.popFirst() {
                case .success(let analysis):
                    try out.write { bytes in
                        let findings = JSON.object(.init(AnalysisJSON(offsets: offsets.offsets).findings(analysis)))
                        record.write(findings, key: key, into: &bytes)
                    }
                case .failure(let error): try pass(record, "cannot be analyzed: \(error)")
                case nil: continue
                }
            case .nothing:
                counts.withoutText += 1
                try out.write { $0 += record.line + [0x0A] }
            case .odd(let problem): try pass(record, problem)
            }
        }
    }

    private func report(_ counts: Counts) {
        if counts.odd > Self.namedLines {
            messages.note("\(counts.odd.counted("line")) in all passed through")
        }
        if counts.records > counts.odd, counts.withoutText == counts.records - counts.odd {
            messages.note(
                "no record has \(field.map(\.visible).joined(separator: " or ")); name the field with the text, --field PATH"
            )
        }
    }
}
