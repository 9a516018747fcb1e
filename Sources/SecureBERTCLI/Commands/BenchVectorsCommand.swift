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
            With --store, the vectors are also written to a new index in a PostgreSQL database and searched through its graphs. Queries \
            of it include reading what was found.

            EXAMPLES
              securebert bench vectors --rows 1000000 --dimensions 384
              securebert bench vectors --vectors vectors.f32 --dimensions 384 --json
              securebert bench vectors --rows 100000 --store 'postgres://user@host/database?schema=bench' --ef-search 40 100 200
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

    @Option(
        help: ArgumentHelp(
            """
            Candidates for each row that is wanted, where results are rescored. Default: as in an index, \
            \(VectorFormat.int8.oversampling), of binary vectors \(VectorFormat.binary.oversampling).
            """, valueName: "n"))
    var oversampling: Int?

    @Option(
        help: ArgumentHelp(
            "Also measure an index in this PostgreSQL database; its schema must be new.", valueName: "postgres://..."))
    var store: String?

    @Option(help: ArgumentHelp("How the database keeps vectors: float32, int8 or binary.", valueName: "format"))
    var storeFormat = VectorFormat.float32

    @Option(help: ArgumentHelp("Neighbours of a row in the database's graphs.", valueName: "n"))
    var m = PostgresGraph().neighbours

    @Option(help: ArgumentHelp("Candidates for the neighbours of a new row.", valueName: "n"))
    var efConstruction = PostgresGraph().buildReach

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Candidates of a search, each measured. Default: as in an index, twice as many as are wanted, at least 100.",
            valueName: "n"))
    var efSearch: [Int] = []

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        for (name, value, limit) in [
            ("rows", rows, 100_000_000), ("dimensions", dimensions, 65_536), ("top", top, 100_000),
            ("queries", queries, 100_000), ("oversampling", oversampling ?? 1, 1000),
        ] where !(1...limit).contains(value) {
            throw ValidationError("--\(name) must be 1 to \(limit), found \(value)")
        }
        if let store, case .folder = SearchLocation(store) {
            throw ValidationError("--store must be postgres://..., found \(store.visible)")
        }
        // The limits are pgvector's.
        guard (2...100).contains(m) else { throw ValidationError("--m must be 2 to 100, found \(m)") }
        guard (4...1000).contains(efConstruction), efConstruction >= 2 * m else {
            throw ValidationError("--ef-construction must be 4 to 1000 and at least twice --m, found \(efConstruction)")
        }
        if let reach = efSearch.first(where: { !(1...1000).contains($0) }) {
            throw ValidationError("--ef-search must be 1 to 1000, found \(reach)")
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
            let searches = try BenchSearches(questions) {
                Set(try file.nearest(to: $0, count: top, on: compute).map(\.row))
            }
            return Result(format: file.format, searches: searches)
        }
        for file in files.dropFirst() {
            let oversampling = oversampling ?? file.format.oversampling
            let searches = try BenchSearches(questions) {
                let found = try file.nearest(
                    to: $0, count: top, rescoredBy: exact, oversampling: oversampling, on: compute)
                return Set(found.map(\.row))
            }
            results.append(Result(format: file.format, detail: .rescored(oversampling), searches: searches))
        }
        if let store { results += try search(store, questions, exact) }
        try write(results, rows: exact.rowCount)
    }

    /// Writes the vectors to a database and searches them there.
    private func search(_ address: String, _ questions: [[Float]], _ exact: VectorFile) throws -> [Result] {
        var database = BenchDatabase(address: address, vectorFormat: storeFormat, dimensions: dimensions)
        (database.graph.neighbours, database.graph.buildReach) = (m, efConstruction)
        let loading = try database.load(exact)
        let reaches: [Int?] = efSearch.isEmpty ? [nil] : efSearch
        return try reaches.map { reach in
            database.graph.searchReach = reach
            let searches = try database.searching { nearest in
                try BenchSearches(questions) { try nearest($0, top) }
            }
            return Result(
                format: storeFormat, detail: .database(loading, reach: database.graph.reach(top)), searches: searches)
        }
    }

    private struct Result {
        enum Detail {
            case none
            case rescored(Int)
            case database(BenchDatabase.Loading, reach: Int)
        }

        let format: VectorFormat
        var detail = Detail.none
        let searches: BenchSearches

        var name: String {
            switch detail {
            case .none: format.rawValue
            case .rescored(let oversampling): "\(format.rawValue), rescored x \(oversampling)"
            case .database(_, let reach): "PostgreSQL \(format.rawValue), ef_search \(reach)"
            }
        }
    }

    private func write(_ results: [Result], rows: Int) throws {
        guard let exact = results.first?.searches else { return }
        try StandardOutput.scope { out in
            guard output.format == .text else {
                for result in results { try out.writeLine(json(result, exact, rows).text) }
                return
            }
            var table = Table([.left, .right, .right, .right, .right])
            table.add(["format", "median", "best", "95 %", "recall@\(top)"], style: .bold)
            for result in results {
                let searches = result.searches
                table.add([
                    result.name, "\(searches.quantile(0.5).fixed(1)) ms", "\(searches.quantile(0).fixed(1)) ms",
                    "\(searches.quantile(0.95).fixed(1)) ms", searches.recall(of: exact).fixed(3),
                ])
            }
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
            try out.writeLine(
                """
                \(rows.grouped) x \(dimensions), \(queries.counted("query", plural: "queries")), \
                \(threads.count.counted("thread")), \(Compute.instructionSet)
                """)
            if case .database(let loading, _)? = results.last?.detail {
                try out.writeLine(
                    """
                    PostgreSQL: \(Int(Double(rows) / loading.writing).grouped) rows/s written, graphs of passages and documents (m \(m), \
                    ef_construction \(efConstruction)) in \(loading.graphs.fixed(1)) s
                    """)
            }
        }
    }

    private func json(_ result: Result, _ exact: BenchSearches, _ rows: Int) -> JSON {
        let searches = result.searches
        var members: [JSON.Object.Member] = [
            ("format", .string(result.format.rawValue)), ("rows", .integer(rows)), ("dimensions", .integer(dimensions)),
            ("top", .integer(top)), ("medianMilliseconds", .number(searches.quantile(0.5))),
            ("bestMilliseconds", .number(searches.quantile(0))), ("p95Milliseconds", .number(searches.quantile(0.95))),
            ("recall", .number(searches.recall(of: exact))), ("threads", .integer(threads.count)),
            ("queries", .integer(queries)), ("instructionSet", .string(Compute.instructionSet)),
        ]
        switch result.detail {
        case .none: members.append(("rescored", .bool(false)))
        case .rescored(let oversampling):
            members += [("rescored", .bool(true)), ("oversampling", .integer(oversampling))]
        case .database(let loading, let reach):
            members += [
                ("store", .string("postgres")), ("writeSeconds", .number(loading.writing)),
                ("graphSeconds", .number(loading.graphs)), ("m", .integer(m)),
                ("efConstruction", .integer(efConstruction)), ("efSearch", .integer(reach)),
            ]
        }
        return .object(.init(members))
    }
}
