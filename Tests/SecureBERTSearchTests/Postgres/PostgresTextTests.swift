import SecureBERTSearch
import Testing

/// How values and addresses are written, without a server.
@Suite struct PostgresTextTests {
    @Test func rowsForCopy() {
        var rows = PostgresCopyRows()
        rows.add(["a\tb", "c\\d\n", nil, "", "\r\\N", "ü\0x"])
        rows.add(["1"])
        #expect(String(decoding: rows.take(), as: UTF8.self) == "a\\tb\tc\\\\d\\n\t\\N\t\t\\r\\\\N\tü\u{FFFD}x\n1\n")
        #expect(rows.bytes.isEmpty)
    }

    @Test func arrays() {
        #expect(PostgresText.array([String]()) == "{}")
        #expect(
            PostgresText.array(["a", "NULL", "", "{,}", "q\"b\\", "\0"])
                == #"{"a","NULL","","{,}","q\"b\\","\#u{FFFD}"}"#)
        // A combining mark behind a quote is not a character with it.
        #expect(PostgresText.array(["\"\u{301}"]) == "{\"\\\"\u{301}\"}")
        #expect(PostgresText.array([1, -2, Int64.max]) == "{1,-2,9223372036854775807}")
    }

    @Test func vectors() {
        #expect(PostgresText.vector([0.5, -1, 1e-9], as: .float32) == "[0.5,-1.0,1e-09]")
        #expect(PostgresText.vector([0.5, -1, 0, -0.0, 3], as: .binary) == "10111")
    }

    @Test func wordsHavePlaces() {
        #expect(
            PostgresText.words(title: "CVE-2024-1", text: "In log4j: CVE, it's")
                == "'cve':1,7 '2024':2 '1':3 'in':5 'log4j':6 'it':8 's':9")
        #expect(PostgresText.words(title: "", text: "") == "")
        let long = String(repeating: "x", count: 3000)
        #expect(PostgresText.words(title: "", text: "a \(long) b") == "'a':2 'b':4")
        let many = (0..<20_000).map { "w\($0)" }.joined(separator: " ")
        #expect(PostgresText.words(title: "", text: many).hasSuffix(":16383"))
    }

    @Test func queriesAreQuoted() {
        let query = KeywordQuery(words: ["mimikatz", "o'neil", "b\\"], phrases: [["cve", "2024"], []])
        #expect(PostgresText.query(query) == #"'mimikatz' | 'o''neil' | 'b\\' | ('cve' <-> '2024')"#)
        #expect(PostgresText.query(KeywordQuery(words: [])) == nil)
        #expect(PostgresText.query(KeywordQuery(words: [String(repeating: "x", count: 3000)])) == nil)
    }

    @Test func filtersBindTheirValues() {
        var filter = SearchFilter()
        filter.sources = ["/data/reports/", "a'; DROP TABLE documents; --"]
        filter.kinds = ["pdf"]
        (filter.since, filter.before) = ("2024", "2025-01-01")
        filter.metadata = ["tlp": ["clear", "green"]]
        var parameters = PostgresParameters()
        _ = parameters.bind("before")
        let condition = filter.condition(&parameters)
        #expect(
            condition == """
                (d.source = $2 OR (d.source >= $3 AND d.source < $4) OR d.source = $5 OR (d.source >= $6 AND d.source < $7)) \
                AND d.kind = ANY($8::text[]) AND d.date >= $9 AND d.date < $10 AND d.metadata ->> $11 = ANY($12::text[])
                """)
        #expect(parameters.values[1...3] == ["/data/reports", "/data/reports/", "/data/reports0"])
        #expect(parameters.values[4] == "a'; DROP TABLE documents; --")
        #expect(parameters.values[7] == "{\"pdf\"}" && parameters.values[11] == "{\"clear\",\"green\"}")
        #expect(SearchFilter().condition(&parameters) == nil)
    }

    @Test(arguments: [
        ("postgres://host/db", "postgres://host/db", "securebert", "postgres://host/db"),
        ("postgres://u:p%40@host:5/db", "postgres://u:p%40@host:5/db", "securebert", "postgres://u@host:5/db"),
        ("postgresql://u@h/db?schema=x_1", "postgresql://u@h/db", "x_1", "postgresql://u@h/db?schema=x_1"),
        (
            "postgres:///db?host=/run/pg&schema=s&password=top&user=me",
            "postgres:///db?host=/run/pg&password=top&user=me",
            "s", "postgres:///db?host=/run/pg&schema=s&user=me"
        ),
        ("postgres://u:a@b/c@host/db", "postgres://u:a@b/c@host/db", "securebert", "postgres://u@host/db"),
        ("postgres://host/db?a=b@c", "postgres://host/db?a=b@c", "securebert", "postgres://host/db?a=b@c"),
    ])
    func addresses(text: String, connection: String, schema: String, location: String) throws {
        let address = try PostgresAddress(text)
        #expect((address.connection, address.schema, address.location) == (connection, schema, location))
    }

    @Test(arguments: ["", "1a", "A", "a-b", "a\"b", "a b", "pg_x", "ä", "a%20", String(repeating: "a", count: 64)])
    func schemasThatAreNoPlainNames(schema: String) {
        let error = #expect(throws: SearchError.self) {
            try PostgresAddress("postgres://u:secret@h/d?schema=\(schema)")
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func errorsOfServers() {
        func connecting(_ message: String) -> SearchError { SearchError(connecting: message, "postgres://h/d") }
        let refused = connecting(
            "connection to server at \"h\" (1.2.3.4), port 5432 failed: Connection refused\n\tIs the server running?\n")
        #expect(refused.code == .unavailable)
        #expect(
            refused.description == """
                postgres://h/d: the server cannot be reached: connection to server at "h" (1.2.3.4), port 5432 failed: \
                Connection refused; look at the address and whether the server runs
                """)
        #expect(connecting("FATAL:  password authentication failed for user \"x\"").problem.contains("refuses"))
        #expect(connecting("fe_sendauth: no password supplied").problem.contains("PGPASSWORD"))
        #expect(connecting("FATAL:  database \"d\" does not exist").code == .notFound)
        func state(_ state: String) -> SearchError.Code {
            SearchError(state: state, message: "m", "l", otherwise: .writeFailed).code
        }
        #expect(state("42P01") == .damaged)
        #expect(state("25006") == .writeFailed && state("53100") == .writeFailed && state("23505") == .writeFailed)
        #expect(state("57P01") == .unavailable && state("08006") == .unavailable)
        #expect(SearchError(state: "53300", message: "m", "l", otherwise: .unavailable).code == .unavailable)
    }

    @Test func graphsAreForDimensionsThatPgvectorIndexes() {
        func graphs(_ format: VectorFormat, _ dimensions: Int) -> Int {
            PostgresSchema.graphs(
                IndexManifest(
                    modelName: "m", modelDigest: "d", dimensions: dimensions, vectorFormat: format, passageTokens: 9,
                    overlapTokens: 1)
            ).count
        }
        #expect(graphs(.float32, 2000) == 2 && graphs(.float32, 2001) == 0)
        #expect(graphs(.int8, 4000) == 2 && graphs(.int8, 4001) == 0 && graphs(.binary, 4096) == 2)
    }
}
