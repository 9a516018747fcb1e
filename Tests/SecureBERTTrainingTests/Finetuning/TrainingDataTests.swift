import SecureBERTTraining
import TestSupport
import Testing

/// What is refused of the data of a task, and what is only said.
@Suite struct TrainingDataTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func write(_ name: String, _ text: String) throws -> String {
        try folder.write(name, text)
        return folder.file(name)
    }

    private func complaint(_ body: () throws -> Void) throws -> String {
        try #require(throws: CorpusError.self, performing: body).description
    }

    // MARK: - Entities

    private static let tagged = "zeus\tB-Malware\n\nCisco\tB-Vendor\n\n"

    @Test func typesOfTheTrainingDataOnly() throws {
        let train = try write("train.txt", Self.tagged)
        let columns = try write("valid.txt", "zeus\tB-Malware\nEnterprise\tB-Starship\n")
        #expect(
            try complaint { _ = try EntityTrainingData(train: [train], valid: [columns]) }
                .hasSuffix("valid.txt: line 2: the type \"Starship\" is none of \"Malware\", \"Vendor\""))
        let spans = try write(
            "valid.jsonl", #"{"text": "Enterprise", "entities": [{"start": 0, "end": 10, "type": "Starship"}]}"#)
        #expect(
            try complaint { _ = try EntityTrainingData(train: [train], valid: [spans]) }
                .contains("valid.jsonl: line 1: the type \"Starship\""))
    }

    @Test func thereAreEntities() throws {
        let (tagged, plain) = (try write("t.txt", Self.tagged), try write("o.txt", "a\tO\n"))
        #expect(
            try complaint { _ = try EntityTrainingData(train: [plain], valid: [tagged]) }
                .hasSuffix("o.txt: has no entity, so there is nothing to learn"))
        #expect(
            try complaint { _ = try EntityTrainingData(train: [tagged], valid: [plain]) }
                .hasSuffix("o.txt: has no entity, so nothing can be chosen on it"))
    }

    @Test func oddTagsAndUnmeasuredTypesAreSaid() throws {
        let train = try write("train.txt", Self.tagged)
        let valid = try write("valid.txt", "I\tO\nzeus\tB-Malware\n\nqbot\tI-Malware\n")
        let remarks = try EntityTrainingData(train: [train], valid: [valid]).remarks
        #expect(remarks.count == 2)
        #expect(remarks[0].hasPrefix("line 4 of ") && remarks[0].contains("the tag \"I-Malware\" cannot stand"))
        #expect(remarks[1].contains("valid.txt has no example of \"Vendor\","))
        #expect(
            try complaint { _ = try EntityTrainingData(train: [train], valid: [valid], isStrict: true) }
                .contains("valid.txt: line 4: the tag \"I-Malware\""))
    }

    // MARK: - Classes

    @Test func oneKindOfLabelsInAllFiles() throws {
        let one = try write("one.jsonl", #"{"text": "a", "label": "x"}"# + "\n" + #"{"text": "b", "label": "y"}"#)
        let several = try write("several.jsonl", #"{"text": "c", "labels": ["x"]}"#)
        for (train, valid) in [([one, several], one), ([one], several)] {
            let found = try complaint { _ = try ClassificationTrainingData(train: train, valid: valid) }
            #expect(found.contains("several.jsonl: has \"labels\" where ") && found.contains("one.jsonl has \"label\""))
        }
    }

    @Test func furtherTextsAreComparedToo() throws {
        let train = try write(
            "train.jsonl", (0..<3).map { #"{"text": "t\#($0)", "label": "\#($0)"}"# }.joined(separator: "\n"))
        let valid = try write(
            "valid.jsonl", #"{"text": "a", "label": "0"}"# + "\n" + #"{"id": 7, "text": "b", "label": "1"}"#)
        let extra = try write(
            "extra.jsonl", #"{"id": 7, "text": "c", "label": "1"}"# + "\n" + #"{"text": "d", "label": "other"}"#)
        let data = try ClassificationTrainingData(train: [train], extra: [extra], valid: valid)
        #expect(data.train.count == 4)
        #expect(data.overlap.ids.map(\.id) == ["7"])
        #expect(data.overlap.ids.map { [$0.first.line, $0.second.line] } == [[1, 2]])
        #expect(data.remarks.count == 2)
        #expect(data.remarks[0].contains("valid.jsonl has no example of \"2\","))
        #expect(data.remarks[1].hasPrefix("1 further texts have"))
    }

    /// A model of one label a text cannot learn which of several is meant.
    @Test func furtherTextsWithSeveralLabelsAreForModelsOfSeveral() throws {
        let folder = try write("set/queries.jsonl", #"{"_id": "q", "text": "which"}"#).dropLast("/queries.jsonl".count)
        _ = try write("set/corpus.jsonl", #"{"_id": "0", "text": "p"}"# + "\n" + #"{"_id": "1", "text": "p"}"#)
        _ = try write("set/qrels/train.tsv", "query-id\tcorpus-id\tscore\nq\t0\t1\nq\t1\t1\n")
        for (key, count) in [(#""label": "\#(0)""#, 2), (#""labels": ["0"]"#, 3)] {
            let other = key.replacing("0", with: "1")
            let file = try write("d.jsonl", #"{"text": "a", \#(key)}"# + "\n" + #"{"text": "b", \#(other)}"#)
            let data = try ClassificationTrainingData(train: [file], extra: [String(folder)], valid: file)
            #expect(data.train.count == count)
        }
    }

    @Test func functionsOfBothClasses() throws {
        let safe = try write("safe.jsonl", #"{"code": "a", "label": 0}"#)
        let both = try write(
            "both.jsonl", #"{"code": "b", "label": 0}"# + "\n" + #"{"id": "f", "code": "c", "label": 1}"#)
        #expect(
            try complaint { _ = try VulnerabilityTrainingData(train: [safe], valid: [both]) }
                .hasSuffix("safe.jsonl: has safe functions only, so there is nothing to tell apart"))
        #expect(
            try complaint { _ = try VulnerabilityTrainingData(train: [both], valid: [safe]) }
                .hasSuffix("safe.jsonl: has safe functions only, so nothing can be chosen or tuned on it"))
        let pairs = try write("pairs.jsonl", #"{"id": "f", "vulnerable": "d", "fixed": "b /* fixed */"}"#)
        let train = try write("train.jsonl", #"{"code": "e", "label": 0}"# + "\n" + #"{"code": "g", "label": 1}"#)
        let overlap = try VulnerabilityTrainingData(train: [train], pairs: [pairs], valid: [both]).overlap
        #expect(overlap.ids.map(\.id) == ["f"])
        #expect(overlap.texts.map(\.text) == ["b"])
    }

    // MARK: - Queries and questions

    @Test func queriesOfBothSplits() throws {
        for name in ["one", "two"] {
            _ = try write("\(name)/corpus.jsonl", #"{"_id": "p", "text": "passage"}"#)
            _ = try write(
                "\(name)/queries.jsonl",
                #"{"_id": "a", "text": "first \#(name)"}"# + "\n" + #"{"_id": "b", "text": "second \#(name)"}"#)
            for (split, queries) in [("train", ["a", "b"]), ("valid", ["b"])] {
                _ = try write(
                    "\(name)/qrels/\(split).tsv",
                    "query-id\tcorpus-id\tscore\n" + queries.map { "\($0)\tp\t1\n" }.joined())
            }
        }
        let same = try EmbeddingTrainingData(train: [folder.file("one")], valid: [folder.file("one") + "/"]).overlap
        #expect(same.ids.map(\.id) == ["b"])
        #expect(same.ids.map { [$0.first.line, $0.second.line] } == [[3, 2]])
        #expect(same.ids[0].second.file.hasSuffix("one/qrels/valid.tsv"))
        #expect(try EmbeddingTrainingData(train: [folder.file("one")], valid: [folder.file("two")]).overlap.isEmpty)
    }

    @Test func listsAndQuestionsWithTheSameNames() throws {
        let list = try write(
            "l.jsonl", "\n" + #"{"id": "q7", "query": "a", "positive": "b", "negatives": ["c"]}"#)
        let lists = try RerankTrainingData(train: [list], valid: list).overlap
        #expect(lists.ids.map { [$0.first.line, $0.second.line] } == [[2, 2]])
        #expect(lists.texts.count == 1)
        let squad = try write(
            "s.json",
            """
            {"data": [{"paragraphs": [{"context": "the worm ran", "qas": [
              {"id": "q1", "question": "what ran", "answers": [{"text": "worm", "answer_start": 4}]}]}]}]}
            """)
        #expect(try AnswerTrainingData(train: [squad], valid: squad).overlap.ids.map(\.id) == ["q1"])
    }
}
