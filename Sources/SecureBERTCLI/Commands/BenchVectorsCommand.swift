import ArgumentParser
import SecureBERTJSON
import SecureBERTSearch
import SecureBERTTensor

/// `securebert bench vectors`: how fast the vectors of an index are searched, and what smaller formats miss.
struct BenchVectorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors",
        abstract: "Measure the search of stored vectors in each format, and how much of the exact result it finds.",
        usage: "securebert bench vectors [<options>]",
        discussion: """
            Every query is compared with all rows. Times are those of one query, the file in memory; recall is the part \
            of the nearest rows in float32 that are found. Rescored: a smaller format finds candidates, which the rows in \
            float32 put in order. Without --vectors, they are noisy copies of one direction for every 20. They are written \
            to a temporary folder in TMPDIR, which needs room for rows x dimensions x 5.2 bytes.

            EXAMPLES
              securebert bench vectors --rows 1000000 --dimensions 384
              securebert bench vectors --vectors vectors.f32 --dimensions 384 --json
            """)

    @Option(help: ArgumentHelp("Rows to make.", valueName: "n"))
    var rows = 1_000_000

    @Option(help: ArgumentHelp("Dimensions of a vector.", valueName: "n"))
    var dimensions = 384

    @Option(
        help: ArgumentHelp(
            "Rows of float32 without a header, as numpy's tofile writes them, instead.", valueName: "file"),
        completion: .file())
    var vectors: String?

    @Option(help: ArgumentHelp("Rows to find.", valueName: "n"))
    var top = 10

    @Option(help: ArgumentHelp("Queries to measure.", valueName: "n"))
    var queries = 50

    @Option(help: ArgumentHelp("Candidates for each row that is wanted, where results are rescored.", valueName: "n"))
    var oversampling = 4

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        for (name, value, limit) in [
            ("rows", rows, 100_000_000), ("dimensions", dimensions, 65_536), ("top", top, 100_000),
            ("queries", queries, 100_000), ("oversampling", oversampling, 1000),
        ] where !(1...limit).contains(value) {
            throw ValidationError("--\(name) must be 1 to \(limit), found \(value)")
        }
    }

    func run() throws {
        let compute = try Compute(threads: threads.count)
        let folder = try TemporaryOutput()
        var source = try BenchVectors(file: vectors, rows: rows, dimensions: dimensions)
        let files = try source.write(to: folder.path)
        let questions = source.queries(queries)
        for file in files { try file.verify(on: compute) }
        guard let exact = files.first else { return }
        var results = try files.map { file in
            try measure(questions, file, rescored: false) { try file.nearest(to: $0, count: top, on: compute) }
        }
        for file in files.dropFirst() {
            results.append(
                try measure(questions, file, rescored: true) {
                    try file.nearest(
                        to: $0, count: top, rescoredBy: exact, oversampling: oversampling, on: compute)
                })
        }
        try write(results, rows: exact.rowCount)
    }

    private struct Result {
        let file: VectorFile
        let rescored: Bool
        /// Milliseconds of each query, ascending.
        let times: [Double]
        let found: [Set<Int>]

        func quantile(_ part: Double) -> Double { times[min(times.count - 1, Int(Double(times.count) * part))] }

        func recall(of exact: Result) -> Double {
            let hits = zip(found, exact.found).reduce(0) { $0 + $1.0.intersection($1.1).count }
            return Double(hits) / Double(max(1, exact.found.reduce(0) { $0 + $1.count }))
        }
    }

    private func measure(
        _ questions: [[Float]], _ file: VectorFile, rescored: Bool, _ search: ([Float]) throws -> [Neighbor]
    ) throws -> Result {
        _ = try questions.first.map(search)
        var (times, found): ([Double], [Set<Int>]) = ([], [])
        for question in questions {
            let start = ContinuousClock.now
            let neighbors = try search(question)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            found.append(Set(neighbors.map(\.row)))
        }
        return Result(file: file, rescored: rescored, times: times.sorted(), found: found)
    }

    private func write(_ results: [Result], rows: Int) throws {
        guard let exact = results.first else { return }
        try StandardOutput.scope { out in
            guard output.format == .text else {
                for result in results {
                    let json: JSON = [
                        "format": .string(result.file.format.rawValue), "rescored": .bool(result.rescored),
                        "rows": .integer(rows), "dimensions": .integer(dimensions), "top": .integer(top),
                        "medianMilliseconds": .number(result.quantile(0.5)),
                        "bestMilliseconds": .number(result.quantile(0)),
                        "p95Milliseconds": .number(result.quantile(0.95)),
                        "recall": .number(result.recall(of: exact)), "threads": .integer(threads.count),
                        "queries": .integer(queries), "instructionSet": .string(Compute.instructionSet),
                    ]
                    try out.writeLine(json.text)
                }
                return
            }
            var table = Table([.left, .right, .right, .right, .right])
            table.add(["format", "median", "best", "95 %", "recall@\(top)"], style: .bold)
            for result in results {
                let name = result.file.format.rawValue + (result.rescored ? ", rescored x \(oversampling)" : "")
                table.add([
                    name, "\(result.quantile(0.5).fixed(1)) ms", "\(result.quantile(0).fixed(1)) ms",
                    "\(result.quantile(0.95).fixed(1)) ms", result.recall(of: exact).fixed(3),
                ])
            }
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
            try out.writeLine(
                """
                \(rows.grouped) x \(dimensions), \(queries.counted("query", plural: "queries")), \
                \(threads.count.counted("thread")), \(Compute.instructionSet)
                """)
        }
    }
}
