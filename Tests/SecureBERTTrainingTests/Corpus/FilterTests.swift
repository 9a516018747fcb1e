import SecureBERTTraining
import TestSupport
import Testing

@Suite struct FilterTests {
    static let english = """
        The attacker sent a message to the employees of the company, and when one of them opened the attachment, a program \
        was installed that gave the attacker access to the files on the machine. It was found after three weeks.
        """

    private func scan(_ text: String) -> WordScan {
        var scan = WordScan()
        Array(text.utf8).view { scan.scan($0) }
        return scan
    }

    @Test(arguments: [
        (english, "en"),
        ("Der Angreifer hat sich mit dem Server verbunden und die Daten auf einen anderen Rechner kopiert.", "de"),
        ("L'attaquant a envoyé un message aux employés de la société, et les fichiers sont dans le serveur.", "fr"),
        ("El atacante envió un mensaje a los empleados de la empresa para obtener las contraseñas del servidor.", "es"),
        ("Злоумышленник отправил сообщение сотрудникам компании.", "ru"), ("攻击者向公司员工发送了一条消息。", "zh"),
        ("攻撃者は会社の従業員にメッセージを送信しました。", "ja"), ("공격자가 회사 직원에게 메시지를 보냈습니다.", "ko"),
        ("eax ebx ecx edx esi edi 0x41414141 0x42424242", "und"), ("", "und"), ("12345 678", "und"),
    ])
    func languagesAreTold(text: String, language: String) {
        let filter = LanguageFilter(minimumStopWords: 0.1, maximumForeignLetters: 0.2)
        #expect(filter.language(of: scan(text)) == language)
    }

    @Test func wordsAreScanned() {
        let scan = scan("Größe: 10 MB, x86_64 (CVE-2024-1)!")
        #expect(scan.words.count == 8)
        #expect(scan.asciiLetters == 4 + 2 + 1 + 3 - 1)
        #expect(scan.digits == 2 + 2 + 2 + 4 + 1)
        #expect(scan.scripts.latin == 2)
        #expect(scan.words[2] == WordScan.hash("mb".utf8))
        #expect(self.scan("A b-C").contentHash == self.scan("ab\n(c)").contentHash)
        #expect(self.scan("A b-C").contentHash != self.scan("ab\n(d)").contentHash)
    }

    @Test func documentsThatAreNoTextAreDropped() {
        let code =
            "int add(int a, int b) {\n    return a + b;\n}\nint sub(int a, int b) {\n    return a - b;\n}\nint mul(int a, int b);\n"
        let cases: [(QualityFilter, String, DropReason?)] = [
            (.text, Self.english, nil), (.text, "short", .tooShort),
            (.text, String(repeating: "=-=+ a ", count: 60), .symbols),
            (.text, String(repeating: "1234 5678 ab ", count: 30), .fewLetters),
            (.text, String(repeating: "pneumonoultramicroscopic ", count: 20), .wordLength),
            (.text, String(repeating: "the same line again and again\n", count: 20), .repeatedLines),
            (.text, String(repeating: " ", count: 500), .tooShort), (.code, code, nil),
            (.code, "var a=" + String(repeating: "function(){return b.c}(d),", count: 200), .longLines),
            (.code, String(repeating: "0x41, 0x42, 0x43, 0x44,\n", count: 20), .fewLetters),
        ]
        for (filter, text, reason) in cases {
            let found = Array(text.utf8).view { filter.reason($0, scan(text)) }
            #expect(found == reason, "\(text.prefix(40))")
        }
    }

    @Test func evaluationTextsAreKeptOut() {
        var filter = Decontamination(length: 13, action: .paragraph)
        let sentence = "The ransomware deletes all shadow copies before it encrypts the files of the victim machine."
        filter.add(sentence)
        filter.add("too few words")
        filter.add("A short one of exactly eight words here.")
        #expect(filter.runCount == 4)
        func rest(_ text: String) -> String? {
            var sequences = WordSequences()
            let scan = scan(text)
            sequences.prepare(scan.words)
            return Array(text.utf8).view { filter.remainder($0, scan, sequences) }.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(rest("Clean text.") == nil)
        #expect(
            rest(
                "First.\n\nIt is known: THE ransomware deletes all shadow-copies before it encrypts the files, of the victim.\n\nLast."
            ) == "First.\n\nLast.")
        #expect(rest("x a short one (of exactly) eight words here y") == "")
        #expect(rest("The ransomware deletes all shadow copies before it encrypts the") == nil)
    }

    @Test func evaluationSetsAreRead() throws {
        let folder = try TemporaryFolder()
        func texts(_ name: String, _ content: String, fields: [String] = [], _ format: EvaluationTexts.Format? = nil)
            throws -> [String]
        {
            let path = try folder.write(name, content)
            var found: [String] = []
            let reader = EvaluationTexts(format: format ?? EvaluationTexts.format(of: path), fields: fields)
            try reader.read(path) { found.append($0) }
            return found
        }
        #expect(
            try texts("a.jsonl", "{\"q\": \"one\", \"n\": {\"a\": [\"two words\", \"x y\"]}}\n") == [
                "one", "two words", "x y",
            ])
        #expect(try texts("b.jsonl", "{\"q\": \"one\", \"a\": \"two\"}\n", fields: ["a"]) == ["two"])
        #expect(try texts("c.jsonl", "{\"tokens\": [\"The\", \"end\"]}\n") == ["The end"])
        #expect(try texts("d.csv", "sentence,answer\n\"a, \"\"b\"\"\nc\",d\n", fields: ["sentence"]) == ["a, \"b\"\nc"])
        #expect(try texts("e.tsv", "x\ty\n1\t2\n") == ["1", "2"])
        #expect(try texts("f.txt", "APT28\tB-ORG\nused\tO\n\nX\tO\n", .conll) == ["APT28 used", "X"])
        #expect(try texts("g.txt", "one line\n\ntwo\n") == ["one line", "two"])
        #expect(throws: CorpusError.self) { try texts("h.csv", "a,b\n1,2\n", fields: ["c"]) }
        #expect(throws: CorpusError.self) { try texts("i.jsonl", "{\n") }
    }
}
