import SecureBERTTraining
import Testing

@Suite struct ReaderTests {
    private func read(_ reader: any FormatReader, _ text: String, name: String = "folder/file.x") throws
        -> [RawDocument]
    {
        var documents: [RawDocument] = []
        let file = SourceFile(path: "/data/\(name)", name: name, bytes: Array(text.utf8))
        try reader.read(file) { documents.append($0) }
        return documents
    }

    private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func stixBundles() throws {
        let documents = try read(
            STIXReader(),
            #"""
            {"type": "bundle", "id": "bundle--1", "spec": [1, {"objects": []}], "objects": [
              {"type": "attack-pattern", "id": "attack-pattern--1", "name": "Phishing",
               "description": "Adversaries send [links](https://attack.mitre.org/x).(Citation: A 2020)\n\n```sh\ncurl x\n```",
               "x_mitre_detection": "Monitor mail.",
               "external_references": [{"source_name": "mitre-attack", "external_id": "T1566"}]},
              {"type": "intrusion-set", "id": "intrusion-set--2", "name": "APT0", "aliases": ["APT0", "Group Zero"],
               "description": "A group."},
              {"type": "relationship", "id": "relationship--3", "relationship_type": "uses", "source_ref": "intrusion-set--2",
               "target_ref": "attack-pattern--1", "description": "APT0 has sent mails."},
              {"type": "malware", "id": "malware--4", "name": "Old", "description": "x", "revoked": true},
              {"type": "marking-definition", "id": "m"}
            ]}
            """#)
        #expect(documents.map(\.id) == ["T1566", "intrusion-set--2"])
        #expect(string(documents[0].text).hasPrefix("Phishing\n\nAdversaries send links."))
        #expect(string(documents[0].text).hasSuffix("Detection\n\nMonitor mail."))
        #expect(string(documents[0].code) == "curl x")
        #expect(string(documents[1].text) == "APT0\n\nA group.\n\nAlso known as Group Zero.\n\nAPT0 has sent mails.")
    }

    @Test func weaknessesAndAttackPatterns() throws {
        let documents = try read(
            WeaknessXMLReader(),
            """
            <?xml version="1.0"?><Weakness_Catalog Name="CWE" xmlns="http://cwe"><Weaknesses>
            <Weakness ID="79" Name="Cross-site Scripting" Status="Stable">
              <Description>Input is not
                 neutralized &amp; used.</Description>
              <Extended_Description><xhtml:p>One.</xhtml:p><xhtml:ul><xhtml:li>a</xhtml:li></xhtml:ul></Extended_Description>
              <Common_Consequences><Consequence><Scope>Integrity</Scope><Note>Cookies are read.</Note></Consequence></Common_Consequences>
              <Demonstrative_Examples><Demonstrative_Example><Intro_Text>A page:</Intro_Text>
                <Example_Code Nature="Bad" Language="PHP"><xhtml:div>$x = $_GET["x"];<xhtml:br/>echo $x;</xhtml:div></Example_Code>
              </Demonstrative_Example></Demonstrative_Examples>
              <References><Reference External_Reference_ID="REF-1"/></References>
            </Weakness>
            <Weakness ID="2" Name="Old" Status="Deprecated"><Description>x</Description></Weakness>
            </Weaknesses></Weakness_Catalog>
            """)
        #expect(documents.map(\.id) == ["CWE-79"])
        #expect(
            string(documents[0].text)
                == """
                CWE-79: Cross-site Scripting

                Input is not neutralized & used.

                One.
                - a

                Consequences

                Cookies are read.

                Examples

                A page:
                """)
        #expect(string(documents[0].code) == "$x = $_GET[\"x\"];\necho $x;")
        #expect(throws: CorpusError.self) { try read(WeaknessXMLReader(), "<html>no catalogue</html>") }
    }

    @Test func vulnerabilities() throws {
        let cve = try read(
            CVEReader(),
            #"""
            {"cveMetadata": {"cveId": "CVE-2024-1", "state": "PUBLISHED"}, "containers": {"cna": {
              "affected": [{"vendor": "ACME", "product": "Server"}, {"vendor": "n/a", "product": "n/a"}],
              "descriptions": [{"lang": "en", "value": "A flaw."}, {"lang": "fr", "value": "Une faille."}],
              "problemTypes": [{"descriptions": [{"lang": "en", "description": "CWE-79 XSS"}]}]}}}
            """#)
        #expect(cve.map(\.id) == ["CVE-2024-1"])
        #expect(string(cve[0].text) == "CVE-2024-1 (ACME Server)\n\nA flaw.\n\nWeakness: CWE-79 XSS")
        let rejected = #"{"cveMetadata": {"cveId": "CVE-2024-2", "state": "REJECTED"}, "containers": {"cna": {}}}"#
        #expect(try read(CVEReader(), rejected).isEmpty)
        #expect(throws: CorpusError.self) { try read(CVEReader(), "{}") }
        let nvd = try read(
            NVDReader(),
            #"""
            {"format": "NVD_CVE", "vulnerabilities": [
              {"cve": {"id": "CVE-2024-3", "descriptions": [{"lang": "en", "value": "B \"quoted\" ] }"}],
               "weaknesses": [{"description": [{"lang": "en", "value": "CWE-787"}]}]}},
              {"cve": {"id": "CVE-2024-4", "vulnStatus": "Rejected"}}]}
            """#)
        #expect(nvd.map(\.id) == ["CVE-2024-3"])
        #expect(string(nvd[0].text) == "CVE-2024-3\n\nB \"quoted\" ] }\n\nWeakness: CWE-787")
    }

    @Test func sigmaRules() throws {
        let documents = try read(
            SigmaReader(),
            """
            title: Shadow Copies Deleted
            id: 1234
            description: |
                Detects deletion
                of copies.
            references:
                - https://x
            author: Jane
            tags:
                - attack.t1490
            logsource:
                product: windows
                category: process_creation
            detection:
                selection:
                    CommandLine|contains: 'delete shadows'
                condition: selection
            falsepositives:
                - Backup software
            level: high
            """)
        #expect(
            string(documents[0].text)
                == """
                Shadow Copies Deleted

                Detects deletion of copies.

                Log source: product windows, category process_creation

                False positives: Backup software

                Level: high
                """)
        let code = string(documents[0].code)
        #expect(code.contains("CommandLine|contains: 'delete shadows'"))
        for word in ["1234", "Jane", "attack.t1490", "https://x"] { #expect(!code.contains(word)) }
        for text in ["a: [", "- 1", "x: 1"] { #expect(throws: CorpusError.self) { try read(SigmaReader(), text) } }
    }

    @Test func namedFields() throws {
        let json = FieldReader(
            format: .json, records: ["values.*"], id: "uuid", title: "value",
            text: ["description", "meta.refs", "notes.*.text"],
            code: ["poc"], markup: .markdown)
        let documents = try read(
            json,
            #"""
            {"values": [{"uuid": "u1", "value": "Name", "description": "Is **bad**.", "meta": {"refs": ["a", "b"]},
              "notes": [{"text": "one"}, {"text": "two"}], "poc": "run()"}, {"value": "Second"}]}
            """#)
        #expect(documents.map(\.id) == ["u1", "folder/file.x/2"])
        #expect(string(documents[0].text) == "Name\n\nIs bad.\n\na\n\nb\n\none\n\ntwo")
        #expect(string(documents[0].code) == "run()")
        let yaml = FieldReader(
            format: .yaml, records: [], id: "", title: "name", text: ["info", "table"], code: [], markup: .plain)
        let page = try read(yaml, "name: N\ninfo: 'text'\ntable: {a: x, b: y}\n")
        #expect(page.map(\.id) == [nil])
        #expect(string(page[0].text) == "N\n\ntext\n\na: x\nb: y")
        let xml = ElementReader(
            element: "Rule", id: "id", title: "title", text: ["description"], code: ["fix"], markup: .html)
        let rules = try read(
            xml,
            "<B><Rule id=\"r1\"><title>T</title><description>&lt;p&gt;Do it.&lt;/p&gt;</description><fix>x=1</fix></Rule></B>"
        )
        #expect(rules.map(\.id) == ["r1"])
        #expect(string(rules[0].text) == "T\n\nDo it.")
        #expect(string(rules[0].code) == "x=1")
    }

    /// A rule of ComplianceAsCode is YAML only once Jinja is gone: keys repeat between branches, and macros stand where values
    /// do.
    @Test func templatesOfYAML() throws {
        let rule = #"""
            {{# for all products #}}
            title: 'Set the Interval'
            {{% if product in ["a", "b"] %}}
            {{% set path = "/etc/a" %}}
            description: |-
                Edit <tt>{{{ path }}}</tt> as follows.
            {{%- else %}}
            {{% if product == "c" %}}
            description: other
            {{% endif %}}
            description: another
            {{% endif %}}
            rationale: {{{ reason("x: y") }}}
            {{{ complete_entry(name="x") }}}
            severity: high
            ocil: 'Braces such as {{7*7}} stay.'
            """#
        func reader(isTemplate: Bool) -> FieldReader {
            FieldReader(
                format: .yaml, records: [], id: "", title: "title", text: ["description", "rationale", "ocil"],
                code: [], markup: .plain, isTemplate: isTemplate)
        }
        let documents = try read(reader(isTemplate: true), rule)
        #expect(documents.count == 1)
        #expect(
            string(documents[0].text)
                == "Set the Interval\n\nEdit <tt></tt> as follows.\n\nBraces such as {{7*7}} stay.")
        #expect(throws: CorpusError.self) { try read(reader(isTemplate: false), rule) }
    }

    /// What is never closed stays, and is looked for once.
    @Test func unclosedTemplates() {
        #expect(Templates.removeJinja("a {{{ b {{# c #}} d {{% e") == "a {{{ b  d {{% e")
        #expect(Templates.removeJinja("{{% endif %}}a{{% else %}}b{{% for x in y %}}c") == "abc")
        let many = String(repeating: "{{{ {{% ", count: 200_000)
        #expect(Templates.removeJinja(many) == many)
    }

    @Test func linesOfACorpus() throws {
        let documents = try read(
            JSONLReader(),
            #"""
            {"id": "a:1", "source": "a", "kind": "text", "license": "MIT", "title": "T", "text": "x"}

            {"text": "int y;", "kind": "code"}
            """#)
        #expect(documents.map(\.id) == ["a:1", "folder/file.x:3"])
        #expect(documents.map(\.hasFullID) == [true, false])
        #expect(documents.map(\.license) == ["MIT", nil])
        #expect(string(documents[1].code) == "int y;")
        let error = #expect(throws: CorpusError.self) { try read(JSONLReader(), "{}\n") }
        #expect(error?.description == "/data/folder/file.x, line 1: has no \"text\"")
    }

    @Test func textsAndSources() throws {
        let text = try read(TextReader(markup: .plain), "Some text.\n", name: "notes/my-notes_1.txt")
        #expect(text.map(\.title) == ["my notes 1"])
        let code = try read(SourceCodeReader(), "// Copyright X\nint x;\n", name: "src/a.c")
        #expect(code.map(\.title) == ["a.c"])
        #expect(string(code[0].code) == "int x;\n")
    }

    /// Files of strangers, cut at any byte, give documents or an error.
    @Test func cutFilesDoNotCrash() {
        let samples: [(any FormatReader, String)] = [
            (
                STIXReader(),
                #"{"a": [1, "x\"", {}], "objects": [{"type": "tool", "id": "t", "name": "N", "description": "d"}, 3]}"#
            ),
            (
                NVDReader(),
                #"{"vulnerabilities": [{"cve": {"id": "C", "descriptions": [{"lang": "en", "value": "v"}]}}]}"#
            ),
            (WeaknessXMLReader(), "<C><Weakness ID='1' Name=\"n\"><Description>a<b>c</b></Description></Weakness></C>"),
            (SigmaReader(), "title: a\nlogsource:\n  product: b\ndetection: {x: [1, 2]}\n"),
            (
                CVEReader(),
                #"{"cveMetadata": {"cveId": "C"}, "containers": {"cna": {"descriptions": [{"lang": "en", "value": "v"}]}}}"#
            ),
        ]
        for (reader, text) in samples {
            let bytes = Array(text.utf8)
            for length in 0...bytes.count {
                _ = try? reader.read(SourceFile(path: "f", name: "f", bytes: Array(bytes[..<length]))) { _ in }
            }
        }
    }
}
