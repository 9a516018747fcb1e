import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// Makes the analysis of a text by hand: what is found is named, and looked up in the text.
struct AnalysisBuilder {
    let name: String
    let text: String
    private var entities: [FoundEntity] = []
    private var indicators: [FoundIndicator] = []
    private var techniques: [FoundTechnique] = []

    init(_ text: String, name: String = "report.txt") {
        (self.name, self.text) = (name, text)
    }

    /// The first place of a part of the text.
    func range(_ part: String) -> TextRange {
        let place = Array(text.utf8).firstRange(of: Array(part.utf8)) ?? 0..<0
        return TextOffsets(text).range(place)
    }

    /// A name, everywhere it stands.
    mutating func add(_ type: String, _ part: String, score: Float? = nil, _ links: [KnowledgeEntry] = []) {
        let offsets = TextOffsets(text)
        for place in Array(text.utf8).ranges(of: Array(part.utf8)) {
            entities.append(
                FoundEntity(type: type, text: part, range: offsets.range(place), score: score, links: links))
        }
    }

    mutating func add(
        _ type: IndicatorType, _ part: String, value: String? = nil, port: Int? = nil, isDefanged: Bool = false,
        link: KnowledgeEntry? = nil
    ) {
        let range = range(part)
        let indicator = Indicator(
            type: type, text: part, value: value ?? part, range: range.utf8, port: port, isDefanged: isDefanged)
        indicators.append(FoundIndicator(indicator, range: range, link: link))
    }

    mutating func add(_ technique: KnowledgeEntry, _ evidence: [(sentence: String, score: Float)]) {
        techniques.append(
            FoundTechnique(
                technique,
                evidence: evidence.map {
                    .init(text: $0.sentence, range: range($0.sentence), score: $0.score, isNamed: $0.score == 1)
                }))
    }

    var analysis: ReportAnalysis {
        ReportAnalysis(
            name: name, digest: String(repeating: "0123456789abcdef", count: 4), text: text, entities: entities,
            indicators: indicators, techniques: techniques)
    }
}

extension KnowledgeEntry {
    static let powerShell = KnowledgeEntry(
        id: "T1059.001", kind: .technique, name: "PowerShell", text: "", tactics: ["execution"], related: ["M1042"],
        stixID: "attack-pattern--970a3432-3237-47ad-bcca-7d8cbb217736")
    static let interpreter = KnowledgeEntry(
        id: "T1059", kind: .technique, name: "Command and Scripting Interpreter", text: "", tactics: ["execution"])
    static let phishing = KnowledgeEntry(
        id: "T1566", kind: .technique, name: "Phishing", text: "", tactics: ["initial-access"])
    static let execution = KnowledgeEntry(
        id: "TA0002", kind: .tactic, name: "Execution", text: "", tactics: ["execution"])
    static let group = KnowledgeEntry(
        id: "G0102", kind: .group, name: "Wizard Spider", aliases: ["UNC1878"], text: "",
        related: ["S0266", "T1059.001", "TA0002"])
    static let malware = KnowledgeEntry(
        id: "S0266", kind: .malware, name: "TrickBot", aliases: ["TSPY_TRICKLOAD"], text: "", related: ["T1059.001"])
    static let tool = KnowledgeEntry(
        id: "S0039", kind: .tool, name: "Net", text: "", related: ["T1059.001"])
    static let mitigation = KnowledgeEntry(
        id: "M1042", kind: .mitigation, name: "Disable or Remove Feature or Program", text: "")
    static let campaign = KnowledgeEntry(id: "C0015", kind: .campaign, name: "C0015", text: "")
    static let weakness = KnowledgeEntry(id: "CWE-79", kind: .weakness, name: "Cross-site Scripting", text: "")
}

extension ReportAnalysis {
    /// A report with something of everything.
    static let sample: ReportAnalysis = {
        var builder = AnalysisBuilder(
            """
            🚨 Wizard Spider drops TrickBot at Contoso with PowerShell (T1059.001). The café's mail had a link.

            TrickBot calls 198.51.100[.]3:443 and hxxps://evil.example[.]com/a?b=c#d. It exploits CVE-2021-44228.

            Its file C:\\Windows\\Temp\\evil.exe has the MD5 d41d8cd98f00b204e9800998ecf8427e. Use M1042 against CWE-79.

            Net runs on 203.0.113.9 during C0015. NewLoader is new. It pays 1BoatSLRHtKNngkdXEeobR76b53LETtpyT.
            """)
        builder.add(.powerShell, [("Wizard Spider drops TrickBot at Contoso with PowerShell (T1059.001).", 1)])
        builder.add(.phishing, [("The café's mail had a link.", 0.62)])
        builder.add("Organization", "Wizard Spider", [.group])
        builder.add("Malware", "TrickBot", score: 0.93, [.malware])
        builder.add("Organization", "Contoso", score: 0.71)
        builder.add("Malware", "Net", [.tool])
        builder.add("Malware", "NewLoader", score: 0.55)
        builder.add("System", "mail", score: 0.99)
        builder.add(.ipv4, "198.51.100[.]3:443", value: "198.51.100.3", port: 443, isDefanged: true)
        builder.add(
            .url, "hxxps://evil.example[.]com/a?b=c#d", value: "https://evil.example.com/a?b=c#d", isDefanged: true)
        builder.add(.cve, "CVE-2021-44228")
        builder.add(.filePath, #"C:\Windows\Temp\evil.exe"#)
        builder.add(.md5, "d41d8cd98f00b204e9800998ecf8427e")
        builder.add(.attackMitigation, "M1042", link: .mitigation)
        builder.add(.cwe, "CWE-79", link: .weakness)
        builder.add(.ipv4, "203.0.113.9")
        builder.add("Campaign", "C0015", [.campaign])
        builder.add(.bitcoin, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
        return builder.analysis
    }()
}

extension JSON {
    /// The objects of a bundle of a type.
    func objects(_ type: String) -> [JSON] {
        self["objects"]?.arrayValue?.filter { $0["type"]?.stringValue == type } ?? []
    }

    func object(_ type: String, _ key: String, _ value: String) -> JSON? {
        objects(type).first { $0[key]?.stringValue == value }
    }

    var id: String { self["id"]?.stringValue ?? "" }

    func strings(_ key: String) -> [String] { self[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
}
