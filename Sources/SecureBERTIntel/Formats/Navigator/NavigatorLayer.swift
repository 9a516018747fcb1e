import SecureBERTJSON

/// Techniques of one or several analyses as a layer of the ATT&CK Navigator, layer format 4.5.
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
        let version = attackVersion?.prefix { $0 != "." } ?? ""
        let attack: [JSON.Object.Member] = version.isEmpty ? [] : [("attack", .string(String(version)))]
        json = [
            "name": .string(name),
            "versions": .object(.init(attack + [("navigator", "5.1.0"), ("layer", "4.5")])),
            "domain": "enterprise-attack",
            "description": .string(
                "Techniques that SecureBERT found in \(analyses.count) reports; scores are confidence."),
            "sorting": 3,
            "layout": ["layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"],
            "techniques": .array(techniques.sorted { $0.key < $1.key }.map { Self.json($0.value) }),
            "gradient": ["colors": .array(Self.colors.map { .string($0.color) }), "minValue": 0, "maxValue": 100],
            "legendItems": .array(Self.colors.map { ["label": .string($0.label), "color": .string($0.color)] }),
            "metadata": .array(analyses.map { ["name": "report", "value": .string($0.name)] }),
        ]
    }

    private static let colors: [(label: String, color: String)] = [
        ("confidence 0", "#ffffff"), ("confidence 50", "#fdd0a2"), ("confidence 100", "#e6550d"),
    ]

    private static func json(_ technique: Technique) -> JSON {
        let reports = technique.reports.map { report -> JSON in ["name": "report", "value": .string(report)] }
        return [
            "techniqueID": .string(technique.entry.id), "score": .integer(technique.score),
            "comment": .string(technique.comment), "enabled": true,
            "metadata": .array([["name": "reports", "value": .string(String(technique.reports.count))]] + reports),
            "links": [["label": "ATT&CK", "url": .string(technique.entry.url)]],
        ]
    }
}
