import SecureBERTTraining
import TestSupport
import Testing

/// Folders laid out as in BEIR.
@Suite struct RetrievalDatasetTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "corpus.jsonl",
            "{\"_id\": \"d1\", \"title\": \"T\", \"text\": \"x\"}\n{\"_id\": 2, \"text\": \"y\"}\n{\"_id\": \"d3\", \"title\": \"\", \"text\": \"\"}\n"
        )
        try folder.write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"a\"}\n{\"_id\": \"q2\", \"text\": \"b\"}\n")
        try folder.write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq2\td1\t2\r\nq2\t2\t0\n")
    }

    private func complaint(_ split: String = "test") -> String {
        do {
            _ = try RetrievalDataset(folder: folder.path, split: split)
            return "nothing was wrong"
        } catch { return "\(error)".replacing("\(folder.path)/", with: "") }
    }

    @Test func readsASplit() throws {
        let found = try RetrievalDataset(folder: folder.path, split: "test")
        #expect(found.passages.map(\.id) == ["d1", "2", "d3"])
        #expect(found.passages.map(\.contents) == ["T x", "y", ""])
        #expect(found.queries.map(\.id) == ["q2"])
        #expect(found.queries.map(\.text) == ["b"])
        #expect(found.judgements == ["q2": ["d1": 2, "2": 0]])
    }

    @Test(arguments: [
        ("q3\td1\t1\n", "line 1: the query \"q3\" is not in queries.jsonl"),
        ("q1\td9\t1\n", "line 1: the document \"d9\" is not in corpus.jsonl"),
        ("q1\td1\t1\nq1\td1\t1\n", "line 2: the document \"d1\" is judged twice for the query \"q1\""),
        ("q1\td1\t1\nq1\td1\tx\n", "line 2: the grade is \"x\""), ("q1\td1\n", "line 1: has 2 columns"),
        ("query-id\tcorpus-id\tscore\n", "has no judgements"),
    ])
    func refusesJudgements(text: String, problem: String) throws {
        try folder.write("qrels/bad.tsv", text)
        #expect(complaint("bad").hasPrefix("qrels/bad.tsv: \(problem)"), "\(complaint("bad"))")
    }

    @Test func refusesMissingFilesAndRepeatedNames() throws {
        #expect(complaint("valid").hasPrefix("qrels/valid.tsv: there is no such file"))
        try folder.write("queries.jsonl", "{\"_id\": \"q2\", \"text\": \"a\"}\n{\"_id\": \"q2\", \"text\": \"b\"}\n")
        #expect(complaint() == "queries.jsonl: line 2: the \"_id\" \"q2\" is already in line 1")
    }
}
