import SecureBERTJSON
import TestSupport
import Testing

/// The models in the repository, as a user finds them: without `--model`, from the checkout.
@Suite struct ShippedModelTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    private func output(_ command: String) throws -> String {
        let result = try runner.shell(command)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test func wordsAreFilledIn() throws {
        let output = try output(
            "securebert fill-mask 'Adversaries may dump <mask> to obtain account login material.' --top-k 1 --json")
        #expect(output.contains("credentials"))
    }

    @Test func entitiesAreFound() throws {
        let output = try output(
            "echo 'The attachment fetched Emotet from hxxp://cdn.example[.]com/x.bin.' | securebert ner")
        #expect(output.contains("[Emotet](Malware)"))
        #expect(output.contains("[hxxp://cdn.example[.]com/x.bin](Indicator)"))
    }

    @Test func techniquesAreNamed() throws {
        let output = try output(
            "echo 'The intruders dumped the memory of lsass.exe with Mimikatz.' | securebert classify --top-k 1 --jsonl"
        )
        #expect(output.contains(#""label":"T1003.001""#))
    }

    @Test func severalTechniquesAndNoneAreNamed() throws {
        try runner.write(
            "sentences.txt",
            "The malware was written to a Run key of the registry and downloaded Cobalt Strike.\n"
                + "This report was written by our research team.\n")
        let lines = try output(
            #"securebert classify --model securebert-mini-attack-multi --calibrated --jsonl "$DIR/sentences.txt""#
        ).split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("T1547.001"), "\(lines)")
        #expect(lines.last?.contains(#""labels":[]"#) == true, "\(lines)")
    }

    /// A command in a table of indicators, by what it is for.
    @Test func passagesAreFoundByMeaning() throws {
        let examples = Fixtures.path + "/../Examples/reports"
        let output = try output(
            "securebert search 'Attackers delete backups so that files cannot be recovered.' '\(examples)' --top-k 1")
        #expect(output.contains("vssadmin.exe delete shadows"))
    }

    /// Each is the best for a query of its own, so that the query decides.
    @Test func textsAreRanked() throws {
        try runner.write(
            "texts.txt",
            """
            The quarterly report lists the offices that were closed.
            Adversaries may delete volume shadow copies and backups to prevent recovery of encrypted files.
            The parser reads past the end of the buffer when the length field is larger than the packet.

            """)
        let cases = [
            ("closed offices", 0), ("delete backups to prevent recovery", 1), ("length field larger than packet", 2),
        ]
        for (query, expected) in cases {
            let best = try output(#"securebert rerank --query '\#(query)' --top-k 1 --jsonl "$DIR/texts.txt""#)
            #expect(try JSON.parse(best)["index"]?.integerValue == expected, "\(best)")
        }
    }

    /// A function that trusts the lengths in a packet above the same with the checks.
    @Test func theVulnerableFunctionScoresHigher() throws {
        func logit(_ name: String) throws -> Double {
            let path = Fixtures.path + "/../Examples/functions/lease_options_\(name).c"
            let line = try output(
                "securebert classify -m securebert-mini-vuln --input-format document --top-k 2 --jsonl '\(path)'")
            let labels = try JSON.parse(line)["labels"]?.arrayValue ?? []
            return try #require(labels.first { $0["label"]?.stringValue == "vulnerable" }?["logit"]?.doubleValue)
        }
        #expect(try logit("vulnerable") > logit("fixed"))
        #expect(try output("securebert inspect securebert-mini-vuln").contains("up to 3 tokens"))
    }

    @Test func everyModelHasACardAndALicence() throws {
        let tasks = ["", "-ner", "-attack", "-attack-multi", "-embed", "-rerank", "-vuln"]
        for name in tasks.map({ "securebert-mini\($0)" }) {
            let output = try output("securebert inspect \(name)")
            #expect(output.contains("apache-2.0"), "\(output)")
        }
    }
}
