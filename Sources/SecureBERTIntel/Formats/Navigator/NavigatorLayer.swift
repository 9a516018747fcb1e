import SecureBERTJSON

/// Techniques of the enterprise domain of one or several analyses as a layer of the ATT&CK Navigator, layer format 4.5.
///
/// The score of a technique is the confidence that the analyses found it with, from 0 to 100, of several the highest;
/// metadata say which reports have it. Techniques stand below each of their tactics.
public struct NavigatorLayer: Sendable {
    public let json: JSON

    private struct Technique {
        let entry: KnowledgeEntry
        var score = 0
        var comment = ""
        var reports: [String] = []
    }

    /// - Parameters:
    ///   - analyses: What was found in each report.
    ///   - name: Of the layer.
    ///   - attackVersion: Of the knowledge base, "18.1"; nil or empty when it is not known.
    public init(_ analyses: [ReportAnalysis], name: String, attackVersion: String? = nil) {
        var techniques: [String: Technique] = [:]
        for analysis in analyses {
            let sentences = Sentences(analysis.text)
            for finding in ReportFindings(analysis).findings {
                guard let entry = finding.entry, entry.kind == .technique,
                    let best = finding.mentions.max(by: { $0.confidence < $1.confidence })
                else { continue }
                var technique = techniques[entry.id] ?? Technique(entry: entry)
                if technique.reports.isEmpty || best.confidence > technique.score {
                    (technique.score, technique.comment) = (best.confidence, sentences.text(around: best))
                }
                technique.reports.append(analysis.name)
                techniques[entry.id] = technique
            }
        }
        self.init(
            techniques.values, name: name, attackVersion: attackVersion,
            description: "Techniques that SecureBERT found in \(analyses.count) reports; scores are confidence.",
            legend: "confidence", metadata: analyses.map { ["name": "report", "value": .string($0.name)] })
    }

    /// Techniques that controls with evidence mitigate; a technique's score is the share of the most controls that one has.
    /// - Parameters:
    ///   - mitigated: With their controls.
    ///   - name: Of the layer.
    ///   - attackVersion: Of the knowledge base, "18.1"; nil or empty when it is not known.
    public init(mitigated: [ComplianceCoverage.MitigatedTechnique], name: String, attackVersion: String? = nil) {
        let most = mitigated.map(\.controls.count).max() ?? 1
        let techniques = mitigated.map { mitigated in
            Technique(
                entry: mitigated.technique, score: mitigated.controls.count * 100 / most,
                comment: "Mitigated by " + mitigated.controls.joined(separator: ", "))
        }
        self.init(
            techniques, name: name, attackVersion: attackVersion,
            description: """
                Techniques that controls of NIST 800-53 mitigate for which SecureBERT found evidence; the score is the number of \
                controls, 100 for \(most).
                """,
            legend: "share of controls", metadata: [])
    }

    private init(
        _ techniques: some Collection<Technique>, name: String, attackVersion: String?, description: String,
        legend: String, metadata: [JSON]
    ) {
        let version = attackVersion?.prefix { $0 != "." } ?? ""
        let attack: [JSON.Object.Member] = version.isEmpty ? [] : [("attack", .string(String(version)))]
        json = [
            "name": .string(name),
            "versions": .object(.init(attack + [("navigator", "5.1.0"), ("layer", "4.5")])),
            "domain": "enterprise-attack",
            "description": .string(description),
            "sorting": 3,
            "layout": ["layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"],
            // A layer is of one domain.
            "techniques": .array(
                techniques.filter { $0.entry.domains.isEmpty || $0.entry.domains.contains(.enterprise) }
                    .sorted { $0.entry.id < $1.entry.id }.map(Self.json)),
            "gradient": ["colors": .array(Self.colors.map { .string($0.color) }), "minValue": 0, "maxValue": 100],
            "legendItems": .array(
                Self.colors.map { ["label": .string("\(legend) \($0.value)"), "color": .string($0.color)] }),
            "metadata": .array(metadata),
        ]
    }

    private static let colors: [(value: Int, color: String)] = [(0, "#ffffff"), (50, "#fdd0a2"), (100, "#e6550d")]

    private static func json(_ technique: Technique) -> JSON {
        let reports = technique.reports.map { report -> JSON in ["name": "report", "value": .string(report)] }
        let count: [JSON] = reports.isEmpty ? [] : [["name": "reports", "value": .string(String(reports.count))]]
        return [
            "techniqueID": .string(technique.entry.id), "score": .integer(technique.score),
            "comment": .string(technique.comment), "enabled": true,
            "metadata": .array(count + reports),
            "links": [["label": "ATT&CK", "url": .string(technique.entry.url)]],
        ]
    }
}
