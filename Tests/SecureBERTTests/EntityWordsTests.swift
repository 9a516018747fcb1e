import SecureBERT
import SecureBERTCheckpoint
import TestSupport
import Testing

/// What a word is when entities are made of words.
@Suite struct EntityWordsTests {
    @Test(arguments: [
        ("", []),
        (" \t\r\n\u{A0}", []),
        ("Emotet, seen (again).", ["Emotet", ",", "seen", "(", "again", ")", "."]),
        ("CVE-2021-44228's 10.0.0.1:443", ["CVE-2021-44228", "'s", "10.0.0.1:443"]),
        ("“APT29”…", ["“", "APT29", "”", "…"]),
        ("... !?", [".", ".", ".", "!", "?"]),
        ("C:\\Windows\\a.exe; /etc/", ["C:\\Windows\\a.exe", ";", "/etc/"]),
        ("'s", ["'", "s"]),
        ("日本語。 é́x", ["日本語。", "é́x"]),
    ])
    func wordsHaveNoPunctuationAround(text: String, words: [String]) {
        let bytes = Array(text.utf8)
        let found = EntityWords(of: text).ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
        #expect(found.map { Array($0.utf8) } == words.map { Array($0.utf8) })
    }

    @Test func aRangeBelongsToTheWordItEndsIn() {
        let words = EntityWords([1..<3, 3..<4, 6..<9])
        #expect((0...10).map { words.index(ofWordWithEnd: 0..<$0) } == [nil, nil, 0, 0, 1, nil, nil, 2, 2, 2, nil])
        #expect(EntityWords([]).index(ofWordWithEnd: 0..<1) == nil)
    }

    /// Entities of running text are what the labels of its words say.
    @Test(arguments: ["bert-token", "roberta-token", "modernbert-token"])
    func labelsOfWordsAgreeWithEntities(name: String) throws {
        let recognizer = try EntityRecognizer(ModelCache().model(name))
        let text = String(repeating: "The group (APT29) used \"Emotet\", then C:\\x.exe. ", count: 12)
        let words = EntityWords(of: text).ranges
        let labels = try recognizer.labels(ofWords: [words], in: [text])[0]
        let entities = try recognizer([text])[0].entities
        #expect(entities.allSatisfy { !$0.text.hasPrefix(" ") && !$0.text.hasSuffix(" ") })
        let covered = zip(words, labels).filter { $1 != "O" }.map(\.0)
        #expect(!covered.isEmpty && labels.contains("O"))
        for word in words {
            let isInside = entities.contains {
                $0.range.utf8.lowerBound <= word.lowerBound && word.upperBound <= $0.range.utf8.upperBound
            }
            #expect(isInside == covered.contains(word), "\(word)")
        }
    }
}

/// The calibration in a model's folder.
@Suite struct ClassifierCalibrationTests {
    @Test func isWrittenAndRead() throws {
        let folder = try TemporaryFolder()
        let labels = ["a", "b"]
        #expect(try ClassifierCalibration(folder: folder.path, labels: labels) == nil)
        let calibration = ClassifierCalibration(temperature: 1.25, thresholds: ["a": 0.25, "b": 0.5], source: "valid")
        try calibration.write(toFolder: folder.path)
        #expect(try ClassifierCalibration(folder: folder.path, labels: labels) == calibration)
        #expect(throws: CheckpointError.self) { try ClassifierCalibration(folder: folder.path, labels: ["a", "c"]) }
    }

    @Test(arguments: [
        "{}", "[]", #"{"temperature": 0}"#, #"{"temperature": 1e9}"#, #"{"temperature": "1"}"#,
        #"{"temperature": 1, "thresholds": {"a": 2}}"#, #"{"temperature": 1, "thresholds": {"a": 0.5}}"#,
        #"{"temperature": 1, "thresholds": {"x": 0.5, "a": 0.5}}"#,
    ])
    func isRefusedWhenMalformed(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(ClassifierCalibration.fileName, text)
        #expect(throws: CheckpointError.self) { try ClassifierCalibration(folder: folder.path, labels: ["a", "b"]) }
    }

    @Test func dividesLogitsAndKeepsTheirOrder() throws {
        let classifier = try TextClassifier(ModelCache().model("modernbert-sequence-cls"))
        let inputs = [TextInput("some text"), TextInput("strcpy(a, b);")]
        let calibration = ClassifierCalibration(temperature: 0.01, thresholds: [:], source: "")
        let (plain, sharp) = (try classifier(inputs), try classifier(inputs, calibration: calibration))
        for (first, second) in zip(plain, sharp) {
            #expect(first.labels.map(\.name) == second.labels.map(\.name))
            #expect(first.labels.map(\.logit) == second.labels.map(\.logit))
            #expect(second.labels[0].score > first.labels[0].score)
        }
    }
}
