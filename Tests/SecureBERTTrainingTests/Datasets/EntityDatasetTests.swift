import SecureBERTTraining
import TestSupport
import Testing

/// Labelled entities from columns and from spans.
@Suite struct EntityDatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ text: String, name: String = "d.txt", _ change: (inout EntityDataset.Options) -> Void = { _ in }
    ) throws -> EntityDataset {
        var options = EntityDataset.Options()
        change(&options)
        return try EntityDataset(path: folder.write(name, text), options)
    }

    private func complaint(
        _ text: String, name: String = "d.txt", _ change: (inout EntityDataset.Options) -> Void = { _ in }
    ) throws -> String {
        do {
            _ = try read(text, name: name, change)
            return "nothing was wrong"
        } catch let error as CorpusError {
            return error.description.replacing("\(folder.path)/", with: "")
        }
    }

    private func tags(_ text: String, _ scheme: TagScheme? = nil) throws -> [[String]] {
        try read(text) { $0.scheme = scheme }.texts.map(\.tags)
    }

    @Test func readsColumns() throws {
        let found = try read(
            "-DOCSTART-\tO\n\n#\tx\tB-A\r\nb c\ty\tI-A\n\n\n\u{E9}\u{301}t\u{E9}\tz\tO\nd\tz\tB-B/C-D\n")
        #expect(found.scheme == .bio)
        #expect(found.violations.isEmpty)
        #expect(found.types == ["A", "B/C-D"])
        #expect(found.counts == ["A": 1, "B/C-D": 1])
        #expect(found.texts.map(\.text) == ["# b c", "\u{E9}\u{301}t\u{E9} d"])
        #expect(found.texts.map(\.line) == [3, 7])
        #expect(found.texts[0].entities == [EntitySpan(type: "A", range: 0..<5)])
        #expect(found.texts[1].words == [0..<4, 5..<6])
        #expect(found.texts[1].wordTexts == ["\u{E9}\u{301}t\u{E9}", "d"])
        #expect(found.texts[1].entities == [EntitySpan(type: "B/C-D", range: 5..<6)])
    }

    @Test func mendsViolationsAsSeqevalReadsThem() throws {
        let found = try read("a\tI-A\nb\tI-A\nc\tI-B\nd\tO\ne\tB-A\nf\tI-B\n")
        #expect(found.scheme == .bio)
        #expect(found.texts[0].tags == ["B-A", "I-A", "B-B", "O", "B-A", "B-B"])
        #expect(found.violations.map(\.line) == [1, 3, 6])
        #expect(found.violations.map(\.tag) == ["I-A", "I-B", "I-B"])
        #expect(found.violations.map(\.previous) == [nil, "I-A", "B-A"])
    }

    @Test func convertsOtherSchemes() throws {
        #expect(try tags("a\tI-A\nb\tB-A\nc\tI-A\nd\tI-B\n") == [["B-A", "B-A", "I-A", "B-B"]])
        #expect(try read("a\tI-A\nb\tB-A\n").scheme == .iob1)
        #expect(try read("a\tI-A\nb\tB-A\n").violations.isEmpty)
        #expect(
            try tags("a S-A\nb S-A\nc B-A\nd I-A\ne E-A\nf O\ng B-B\nh E-B\n") == [
                ["B-A", "B-A", "B-A", "I-A", "I-A", "O", "B-B", "I-B"]
            ])
        #expect(try tags("a U-A\nc B-A\nd L-A\ne L-A\n") == [["B-A", "B-A", "I-A", "B-A"]])
        #expect(try read("a U-A\nc B-A\nd L-A\ne L-A\n").violations.map(\.line) == [4])
        #expect(try read("a B-A\nb O\nc S-A\n").violations.map(\.line) == [2])
        #expect(try tags("a\tB-A\nb\tI-A\n", .iob1) == [["B-A", "I-A"]])
    }

    @Test func strictRefusesViolations() throws {
        #expect(
            try complaint("x\tO\na\tI-A\nb\tB-B\n\nc\tI-A\n") { ($0.isStrict, $0.scheme) = (true, .bio) }.hasPrefix(
                "d.txt: line 2: the tag \"I-A\" stands behind \"O\", which BIO does not allow"))
        #expect(
            try complaint("I-\tB-A\n\nc\tI-A\n") { $0.isStrict = true }.contains(
                "line 3: the tag \"I-A\" stands at the start of a sentence"))
    }

    @Test(arguments: [
        ("a\tO\nb\n", "d.txt: line 2: has one column"), ("a\tx\tO\nb\tO\n", "d.txt: line 2: has 2 columns, expected 3"),
        ("a\tQ-A\n", "d.txt: line 1: the tag \"Q-A\" is neither"),
        ("a\tB\n", "d.txt: line 1: the tag \"B\" is neither"),
        ("a\tBA\n", "d.txt: line 1: the tag \"BA\" is neither"), ("\n\n", "d.txt: has no labelled sentences"),
        ("a\tB-B\n", "d.txt: line 1: the type \"B\" is none of \"A\""),
    ])
    func refusesColumns(text: String, start: String) throws {
        let found = try complaint(text) { $0.types = ["A"] }
        #expect(found.hasPrefix(start), "\(found)")
    }

    @Test func readsSpans() throws {
        let line = #"{"id": 7, "text": "é\"Emotet\", hit x.com🙂bar", "entities": ["#
        let entities =
            #"{"start": 15, "end": 21, "type": "U"}, {"start": 2, "end": 9, "label": "M", "text": "Emotet\""}]}"#
        let found = try read(line + entities + "\n\n", name: "d.jsonl")
        let text = try #require(found.texts.first)
        #expect(text.id == "7")
        #expect(text.wordTexts == ["é", "\"", "Emotet", "\"", ",", "hit", "x", ".", "com", "🙂", "bar"])
        #expect(text.tags == ["O", "O", "B-M", "I-M", "O", "O", "B-U", "I-U", "I-U", "I-U", "O"])
        #expect(text.entities == [.init(type: "M", range: 2..<9), .init(type: "U", range: 15..<21)])
        #expect(found.scheme == nil)
    }

    @Test func cutsWordsWhereEntitiesEnd() throws {
        let entities = #"[{"start": 3, "end": 9, "type": "A"}]"#
        let text = try read(#"{"text": "preAPT 28s", "entities": \#(entities)}"#, name: "d.jsonl").texts[0]
        #expect(text.wordTexts == ["pre", "APT", "28", "s"])
        #expect(text.tags == ["O", "B-A", "I-A", "O"])
    }

    @Test func spacesAtTheEdgesAreNoPartOfAnEntity() throws {
        let entities = #"[{"start": 1, "end": 5, "type": "A"}]"#
        let text = try read(#"{"text": "a bc d", "entities": \#(entities)}"#, name: "d.jsonl").texts[0]
        #expect(text.entities == [.init(type: "A", range: 2..<4)])
    }

    @Test(arguments: [
        (#"{"text": "ab"}"#, "has no \"entities\", found \"text\""),
        (#"{"text": "ab", "entities": [{"start": 0, "end": 3, "type": "A"}]}"#, "entity 1 reaches from 0 to 3"),
        (#"{"text": "ab", "entities": [{"start": 1, "end": 1, "type": "A"}]}"#, "entity 1 reaches from 1 to 1"),
        (#"{"text": "ab", "entities": [{"start": 0, "end": 1}]}"#, "entity 1 lacks a string under \"type\""),
        (#"{"text": "ab", "entities": [[0, 1, "A"]]}"#, "entity 1 is an array"),
        (#"{"text": "ab", "entities": [{"start": 0, "end": 1, "type": "A", "text": "b"}]}"#, "entity 1 is said to be"),
        (#"{"text": " b", "entities": [{"start": 0, "end": 1, "type": "A"}]}"#, "entity 1 covers only white space"),
        (
            #"{"text": "ab", "entities": [{"start": 0, "end": 2, "type": "A"}, {"start": 1, "end": 2, "type": "B"}]}"#,
            "the entities \"A\" (0 to 2) and \"B\" (1 to 2) overlap"
        ), ("[1]", "is an array, expected an object"), ("{", "is not valid JSON"),
    ])
    func refusesSpans(line: String, problem: String) throws {
        let found = try complaint("\n" + line, name: "d.jsonl")
        #expect(found.hasPrefix("d.jsonl: line 2: \(problem)"), "\(found)")
    }
}
