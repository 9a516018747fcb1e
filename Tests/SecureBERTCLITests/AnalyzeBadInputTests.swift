import TestSupport
import Testing

/// `securebert analyze` with reports, folders and outputs that are not as they should be: the rest of the work goes on.
@Suite struct AnalyzeBadInputTests {
    let runner: CommandLineRunner
    init() throws {
        runner = try CommandLineRunner()
        try runner.write("good.txt", "Emotet was dropped.")
    }

    /// Analyzes a file beside a good one, whose result has to be there.
    private func analyze(_ file: String) throws -> CommandLineRunner.Result {
        let result = try runner.shell(#"securebert analyze --jsonl "$DIR/\#(file)" "$DIR/good.txt""#)
        #expect(result.output.contains("S0367"), "\(result.errors)")
        return result
    }

    @Test(arguments: [
        ("binary.txt", #"printf 'Emotet\0\1\2'"#, "is binary"), ("empty.txt", "printf ''", "has no text"),
        ("blank.md", #"printf ' \n\t\n'"#, "has no text"),
        ("no-text.html", "echo '<script>x()</script>'", "has no text"),
        ("odd.pdf", "echo '%PDF-1.7 and nothing'", "odd.pdf"),
        ("huge.txt", "head -c 300000000 /dev/zero", "huge.txt"),
    ])
    func isNamedAndTheOthersAreAnalyzed(file: String, script: String, message: String) throws {
        _ = try runner.shell(#"\#(script) > "$DIR/\#(file)""#)
        let result = try analyze(file)
        #expect(result.status == 3 && result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 2, "\(result.errors)")
        #expect(result.output.split(separator: "\n").count == 1)
    }

    @Test(.enabled(if: MinimalPDF.canBeRead, "pdftotext is missing: on Debian, apt-get install poppler-utils"))
    func aPDFWithoutTextIsToldFromOneWithText() throws {
        try runner.write("scan.pdf", MinimalPDF.bytes([[]]))
        let scan = try analyze("scan.pdf")
        #expect(scan.status == 3 && scan.errors.contains("scan.pdf: has no text, it may be scanned pages"))
        try runner.write("text.pdf", MinimalPDF.bytes([["Mimikatz was used."]]))
        let text = try analyze("text.pdf")
        #expect(text.status == 0 && text.output.contains("S0002"), "\(text.errors)")
    }

    /// Markup costs no more than its length, and what is none is text.
    @Test(arguments: [
        #"yes '<div><b><table>' | head -n 200000 | tr -d '\n'"#, "yes '<nav>' | head -n 200000",
        #"echo '<!--'; yes '<p' | head -n 3000"#, "yes '&amp;#38;&lt;' | head -c 10000",
        #"yes '<a href=' | head -n 1000 | tr -d '\n'"#,
    ])
    func htmlBombsDoNotGoOff(script: String) throws {
        _ = try runner.shell(#"(echo '<p>Mimikatz was used.</p>'; \#(script)) > "$DIR/bomb.html""#)
        let result = try analyze("bomb.html")
        #expect(result.status == 0 && result.output.contains("S0002"), "\(result.errors)")
    }

    /// A folder deeper than a path may be long is named; what lies above it is analyzed.
    @Test func deepFoldersAndLinksThatTurnBackEnd() throws {
        let result = try runner.shell(
            #"""
            mkdir "$DIR/in" && cp "$DIR/good.txt" "$DIR/in/" && ln -s . "$DIR/in/again" && ln -s /etc "$DIR/in/out"
            cd "$DIR/in" && for n in $(seq 30); do
                name=$(printf 'd%.0s' $(seq 200)) && mkdir "$name" && cd "$name" || exit 1
            done
            securebert analyze --jsonl "$DIR/in"
            """#)
        #expect(result.status == 3 && result.output.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.output.contains("S0367") && result.errors.contains("File name too long"), "\(result.errors)")
    }

    @Test func outputThatCannotBeWrittenIsAnErrorAndOneThatIsClosedIsNot() throws {
        let full = try runner.shell(#"securebert analyze "$DIR/good.txt" > /dev/full"#)
        #expect(full.status == 3 && full.errors.contains("the standard output cannot be written"))
        let closed = try runner.shell(
            #"securebert analyze --jsonl "$DIR/good.txt" "$DIR/good.txt" | head -c 1; echo "${PIPESTATUS[0]}""#)
        #expect(closed.output.hasSuffix("0\n") && closed.errors.isEmpty, "\(closed.errors)")
    }

    /// Reports come out in the order of the paths, however many are read at once.
    @Test func manyReportsKeepTheirOrder() throws {
        let result = try runner.shell(
            #"""
            mkdir "$DIR/in"
            for n in $(seq 100 179); do echo "CVE-2024-1$n was exploited." > "$DIR/in/$n.txt"; done
            securebert analyze --jsonl "$DIR/in" | grep -o 'value":"CVE-2024-1[0-9]*' | tail -c +10
            """#)
        let values = result.output.split(separator: "\n").compactMap { $0.split(separator: "-").last }
        #expect(values == (1100...1179).map { Substring("\($0)") }, "\(result.output) \(result.errors)")
    }

    /// A sentence that shows techniques is marked with them, and the table leads to it.
    @Test func thePageMarksTheEvidence() throws {
        try runner.write(
            "report.txt",
            "Nothing here. The attackers dumped the memory of lsass.exe with Mimikatz & left <fast>, see T1059.001.")
        let page = try runner.shell(#"securebert analyze --format html "$DIR/report.txt""#).output
        let mark = try #require(page.range(of: #"<span class="passage" id="r0-14">"#))
        let end = try #require(page.range(of: "</sup></span>", range: mark.upperBound..<page.endIndex))
        let passage = page[mark.upperBound..<end.lowerBound]
        #expect(
            passage.contains("T1003.001") && passage.contains("T1059.001")
                && passage.contains("&amp; left &lt;fast&gt;"))
        #expect(passage.hasPrefix("The attackers") && page.contains(##"<a href="#r0-14">"##), "\(passage)")
    }
}
