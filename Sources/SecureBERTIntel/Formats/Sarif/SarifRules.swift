import SecureBERT
import SecureBERTJSON

/// The rules that findings belong to: one for each weakness that the model names, otherwise a single one.
struct SarifRules {
    /// Ids such as "CWE-787", sorted by number.
    let weaknesses: [String]
    private let ids: [String]
    private let context: SarifLog.Context
    /// What scores of at least the threshold are worth; nil when nobody knows.
    private let measured: TriageTable.Row?

    private static let general = "vulnerable-function"

    init(_ findings: [ScanFinding], threshold: Double, _ context: SarifLog.Context) {
        self.context = context
        measured = context.triage.flatMap { $0.row(for: threshold) ?? $0.rows.first }
        weaknesses = Set(findings.map(\.label)).filter { Self.number($0) != nil }
            .sorted { (Self.number($0) ?? 0) < (Self.number($1) ?? 0) }
        let isGeneral = findings.isEmpty || findings.contains { Self.number($0.label) == nil }
        ids = (isGeneral ? [Self.general] : []) + weaknesses
    }

    func id(_ finding: ScanFinding) -> String {
        Self.number(finding.label) == nil ? Self.general : finding.label
    }

    func index(_ finding: ScanFinding) -> Int { ids.firstIndex(of: id(finding)) ?? 0 }

    private static func number(_ label: String) -> Int? {
        guard label.hasPrefix("CWE-") else { return nil }
        return Int(label.dropFirst(4))
    }

    // MARK: - JSON

    var json: JSON { .array(ids.map(rule)) }

    private func rule(_ id: String) -> JSON {
        let number = Self.number(id)
        let name = context.weaknessNames[id]
        let short =
            number == nil ? "Function that a model scores as vulnerable" : "\(id)\(name.map { ": \($0)" } ?? "")"
        var tags: [JSON] = ["security", "triage"]
        if let number {
            tags.append(.string("external/cwe/cwe-\(number < 100 ? (number < 10 ? "00" : "0") : "")\(number)"))
        }
        var members: [(String, JSON)] = [
            ("id", .string(id)), ("name", number == nil ? "VulnerableFunction" : .string(id)),
            ("shortDescription", ["text": .string(short)]),
            (
                "fullDescription",
                ["text": .string("\(short). A language model read the function alone; it does not see its callers.")]
            ),
            ("help", ["text": .string(help), "markdown": .string(help)]),
            ("defaultConfiguration", ["level": "warning"]),
            (
                "properties",
                [
                    "tags": .array(tags), "precision": .string(precision), "problem.severity": "warning",
                    "security-severity": .string(Self.severity),
                ]
            ),
        ]
        if number != nil {
            members.append(
                (
                    "relationships",
                    [["target": ["id": .string(id), "toolComponent": ["name": "CWE"]], "kinds": ["superset"]]]
                ))
        }
        return .object(.init(members))
    }

    /// The model says how probable a vulnerability is, not how bad it would be: the middle of GitHub's scale.
    private static let severity = "5.0"

    /// The words of code scanning for the share of findings that are right.
    private var precision: String {
        guard let share = measured?.precision.value else { return "low" }
        return share >= 0.9 ? "very-high" : share >= 0.7 ? "high" : share >= 0.5 ? "medium" : "low"
    }

    private var help: String {
        var text = """
            This is triage: an order in which to read functions, not a proof that one is vulnerable. The model \(context.model) \
            gives each function a score from 0 to 1 without running or compiling it.
            """
        if let triage = context.triage, let row = measured {
            text += """
                 Measured on \(triage.functions) functions of \(triage.data), of which \(triage.vulnerable) are \
                vulnerable: of those with a score of at least \(SarifLog.rounded(row.score)), \
                \(SarifLog.percent(row.precision.value)) were. Where fewer functions are vulnerable, fewer findings are right.
                """
        }
        return text + " A comment with securebert:ignore before the function silences the finding."
    }

    /// The weaknesses as a taxonomy.
    var taxonomy: JSON {
        [
            "name": "CWE", "organization": "MITRE",
            "shortDescription": ["text": "The MITRE Common Weakness Enumeration"],
            "informationUri": "https://cwe.mitre.org/",
            "taxa": .array(
                weaknesses.map { id in
                    var members: [(String, JSON)] = [("id", .string(id))]
                    if let name = context.weaknessNames[id] { members.append(("name", .string(name))) }
                    members.append(
                        (
                            "helpUri",
                            .string("https://cwe.mitre.org/data/definitions/\(id.dropFirst(4)).html")
                        ))
                    return .object(.init(members))
                }),
        ]
    }
}
