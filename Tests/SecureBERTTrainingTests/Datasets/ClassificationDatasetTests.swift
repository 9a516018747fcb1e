import SecureBERTTraining
import TestSupport
import Testing

/// Labelled texts and functions, and what splits share.
@Suite struct ClassificationDatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func complaint(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was wrong"
        } catch { return "\(error)".replacing("\(folder.path)/", with: "") }
    }

    private func read(_ text: String, name: String = "d.jsonl", labels: [String]? = nil) throws -> ClassificationDataset
    {
        try ClassificationDataset(path: folder.write(name, text), labels: labels)
    }

    @Test func readsOneLabel() throws {
        let found = try read(
            """
            {"id": "x", "text": "one", "label": "b"}

            {"text": "two", "label": 1, "doc": "ignored"}
            {"text": "", "label": true}
            """)
        #expect(!found.isMultiLabel)
        #expect(found.labels == ["1", "b", "true"])
        #expect(found.targets == [[1], [0], [2]])
        #expect(found.examples.map(\.line) == [1, 3, 4])
        #expect(found.examples.map(\.id) == ["x", nil, nil])
    }

    @Test func readsSeveralLabels() throws {
        let found = try read(
            """
            {"text": "one", "labels": ["b", "a"]}
            {"text": "two", "labels": []}
            """, labels: ["b", "c", "a"])
        #expect(found.isMultiLabel)
        #expect(found.targets == [[0, 2], []])
        #expect(found.counts == [1, 0, 1])
        #expect(found.labelsWithoutExample == ["c"])
        try found.requireTwoClasses()
    }

    @Test func readsTables() throws {
        let found = try read("id,text,labels\n1,\"a, b\",x;y\n2,c,\n", name: "d.csv")
        #expect(found.isMultiLabel)
        #expect(found.examples.map(\.labels) == [["x", "y"], []])
        #expect(found.examples[0].text == "a, b")
        #expect(try read("text,label\na,x\n", name: "d.csv").examples[0].labels == ["x"])
        #expect(complaint { _ = try read("text,label\na\n", name: "d.csv") }.contains("line 2: expected 2 fields"))
    }

    @Test(arguments: [
        (#"{"text": "a"}"#, "line 1: has neither \"label\" nor \"labels\""),
        (#"{"text": "a", "label": "a", "labels": []}"#, "line 1: has both"),
        (#"{"text": "a", "label": 1.5}"#, "line 1: \"label\" is a number, expected a string or a whole number"),
        (#"{"text": 1, "label": "a"}"#, "line 1: \"text\" is a number, expected a string"),
        (#"{"text": "a", "labels": ["b", "b"]}"#, "line 1: a label is given twice"),
        (#"{"text": "a", "label": ""}"#, "line 1: a label is empty"),
        ("{\"text\": \"a\", \"label\": \"a\"}\n{\"text\": \"a\", \"labels\": []}", "line 2: has \"labels\" where"),
        (#"{"text": "a", "label": "z"}"#, "line 1: the label \"z\" is none of the 2 expected: \"a\", \"b\""),
        ("", "has no examples"),
    ])
    func refuses(text: String, problem: String) throws {
        let found = complaint { _ = try read(text, labels: ["a", "b"]) }
        #expect(found.hasPrefix("d.jsonl: \(problem)"), "\(found)")
    }

    @Test func oneClassIsRefused() throws {
        let one = try read("{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \"x\"}")
        #expect(complaint { try one.requireTwoClasses() }.contains("examples of one class only, \"x\""))
        let none = try read("{\"text\": \"a\", \"labels\": []}\n{\"text\": \"b\", \"labels\": []}", labels: ["x"])
        #expect(complaint { try none.requireTwoClasses() }.contains("has the same labels in every example"))
    }

    @Test func readsFunctions() throws {
        let path = try folder.write(
            "v.jsonl",
            """
            {"id": "f", "code": "int f() {}", "label": 1, "cwe": "CWE-119", "project": "p"}
            {"code": "g", "label": 0, "cwe": "", "project": ""}
            {"code": "h", "label": true, "cwe": ["CWE-1", "CWE-2"]}
            """)
        let found = try VulnerabilityDataset(path: path)
        #expect(found.functions.map(\.isVulnerable) == [true, false, true])
        #expect(found.functions.map(\.weaknesses) == [["CWE-119"], [], ["CWE-1", "CWE-2"]])
        #expect(found.functions.map(\.project) == ["p", nil, nil])
        try found.requireTwoClasses()
        let bad = try folder.write("w.jsonl", #"{"code": "g", "label": 2}"#)
        #expect(complaint { _ = try VulnerabilityDataset(path: bad) }.hasPrefix("w.jsonl: line 1: \"label\" is 2"))
        let safe = try folder.write("s.jsonl", #"{"code": "g", "label": 0}"#)
        #expect(
            complaint { try VulnerabilityDataset(path: safe).requireTwoClasses() }.contains("has safe functions only"))
    }

    @Test func readsPairs() throws {
        let path = try folder.write("p.jsonl", #"{"vulnerable": "a", "fixed": "b", "cwe": "", "project": "tcpdump"}"#)
        let found = try VulnerabilityPairs(path: path)
        #expect(found.pairs.map(\.fixed) == ["b"])
        let bad = try folder.write("q.jsonl", #"{"vulnerable": "a", "fixed": "a"}"#)
        #expect(
            complaint { _ = try VulnerabilityPairs(path: bad) }.contains("line 1: \"vulnerable\" and \"fixed\" are"))
    }

    @Test func findsWhatSplitsShare() throws {
        let train = try read(
            "{\"id\": 1, \"text\": \"The Cat!\", \"label\": 0}\n{\"id\": 2, \"text\": \"...\", \"label\": 1}")
        let test = try read(
            "{\"id\": 3, \"text\": \"--\", \"label\": 0}\n{\"id\": 2, \"text\": \"the cat\", \"label\": 1}\n",
            name: "t.jsonl")
        let shared = SplitOverlap(train.splitItems, test.splitItems)
        #expect(shared.ids.map(\.id) == ["2"])
        #expect(shared.texts.map(\.text) == ["the cat"])
        #expect(shared.texts.map { [$0.first.line, $0.second.line] } == [[1, 2]])
        let found = complaint { try shared.refuseIDs() }
        #expect(
            found.contains("t.jsonl: line 2: the id \"2\" is also in line 2 of ") && found.contains(".jsonl; remove"),
            "\(found)")
        #expect(
            shared.remark?.hasPrefix(
                "one text is in the training data and in the validation data, the first in line 1 of ") == true)
        #expect(SplitOverlap([], test.splitItems).isEmpty)
    }

    @Test func namesOfAnotherScopeAreOthers() throws {
        func overlap(_ first: String, _ second: String) -> SplitOverlap {
            SplitOverlap(
                [.init(id: "a", scope: first, text: "x", file: "one", line: 0)],
                [.init(id: "a", scope: second, text: "y", file: "two", line: 0)])
        }
        #expect(overlap("s", "t").isEmpty)
        #expect(complaint { try overlap("s", "s").refuseIDs() }.hasPrefix("two: the id \"a\" is also in one; remove"))
        try overlap("s", "t").refuseIDs()
    }

    @Test func codeIsComparedWithoutCommentsAndSpace() {
        func same(_ first: String, _ second: String) -> Bool {
            !SplitOverlap(
                [.init(id: nil, text: first, file: "", line: 1)], [.init(id: nil, text: second, file: "", line: 1)],
                comparison: .code
            ).isEmpty
        }
        #expect(same("int f() { return a-b; } // x", "int f(){/* y */ return a-b;}"))
        #expect(!same("return a-b;", "return a+b;"))
        #expect(!same("s = \"a b\";", "s = \"ab\";"))
        #expect(same("s = \"//\\\"\"; x", "s=\"//\\\"\";x"))
        #expect(same("c = '\"'; /* open", "c='\"'; // y"))
    }
}
