import SecureBERTIntel
import SecureBERTJSON

/// What `comply` found in all documents, for the formats to write.
struct ComplianceReport {
    let analyses: [PolicyAnalysis]
    let mappers: [ControlMapper]
    /// One for each mapper.
    let coverages: [ComplianceCoverage]
    /// Those that controls of 800-53 with evidence mitigate; nil when they were not asked for or there are no such controls.
    let techniques: [ComplianceCoverage.MitigatedTechnique]?
    /// The least probability, when one was asked for.
    private let threshold: Float?
    private let knowledge: KnowledgeBase?
    let isReranked: Bool

    /// - Parameter knowledge: Where techniques are from; nil to leave them out.
    init(
        analyses: [PolicyAnalysis], mappers: [ControlMapper], baseline: String, threshold: Float?,
        knowledge: KnowledgeBase?, isReranked: Bool
    ) {
        (self.analyses, self.mappers, self.threshold) = (analyses, mappers, threshold)
        (self.knowledge, self.isReranked) = (knowledge, isReranked)
        coverages = mappers.map { ComplianceCoverage($0.catalog, baseline: baseline, analyses) }
        let controls = coverages.first { $0.catalog.framework == .nist80053 }
        techniques = knowledge.flatMap { knowledge in controls?.techniques(knowledge) }
    }

    /// The names of the documents.
    var name: String { analyses.map(\.name).joined(separator: ", ") }

    /// Passages of all documents, and how many of them have controls.
    var passageCounts: (mapped: Int, total: Int) {
        let passages = analyses.flatMap(\.passages)
        return (passages.count { !$0.controls.isEmpty }, passages.count)
    }

    /// The least probability that counted for a catalog, in prose.
    func threshold(_ mapper: ControlMapper) -> Float { threshold ?? mapper.mapping.threshold }

    /// Why passages of a document have no controls, in one sentence; nil for prose of which some have, as prose is often about other things.
    func leftOut(_ analysis: PolicyAnalysis) -> String? {
        let others = analysis.passages.filter(\.controls.isEmpty)
        guard let best = others.compactMap(\.nearest).max(by: { $0.score < $1.score }),
            analysis.isConfiguration || others.count == analysis.passages.count
        else { return nil }
        let thresholds = mappers.map { mapper in
            let least = threshold ?? mapper.mapping(isSetting: analysis.isConfiguration).threshold
            return "\(least.fixed(2)) of \(mapper.catalog.id)"
        }
        return """
            \(others.count.counted("passage")) without controls: the most probable, \(best.control.id) with \(best.score.fixed(2)), is \
            below the threshold (\(thresholds.joined(separator: ", "))); a lower --threshold shows more
            """
    }

    /// How much suggestions can be relied on, in one sentence for each catalog.
    var caveats: [String] {
        [
            "Mappings are suggestions for a reviewer, not an attestation; a control without evidence may be met in words that were not "
                + "recognized, which a lower --threshold shows."
        ]
            + mappers.map { mapper in
                guard mapper.catalog.framework != nil, let quality = mapper.mapping.quality else {
                    return
                        "\(mapper.catalog.name): probabilities are not fitted to this catalog and serve to order suggestions."
                }
                return """
                    \(mapper.catalog.name): on held-out texts of NIST's own mappings, \(quality.precision.percent) of the \
                    suggestions at the default threshold \(mapper.mapping.threshold.fixed(2)) were in the mapping, and they were \
                    \(quality.recall.percent) of its controls.
                    """
            }
            + settingCaveats
            + [
                isReranked
                    ? "Re-ranked by a cross-encoder."
                    : "No cross-encoder was given; keywords, vectors, enhancements and crosswalk rank."
            ]
    }

    /// The same of settings, when there are any.
    private var settingCaveats: [String] {
        guard analyses.contains(where: \.isConfiguration) else { return [] }
        return mappers.filter { $0.catalog.framework != nil }.map { mapper in
            guard let settings = mapper.settings, let quality = settings.quality else {
                return
                    "\(mapper.catalog.name): probabilities are not fitted to settings and serve to order suggestions."
            }
            return """
                \(mapper.catalog.name), settings: on held-out rules of ComplianceAsCode, \(quality.precision.percent) of the \
                suggestions at the default threshold \(settings.threshold.fixed(2)) were among the controls of the rule, and they \
                were \(quality.recall.percent) of these.
                """
        }
    }

    /// Techniques that controls with evidence mitigate as a layer of the ATT&CK Navigator.
    var navigatorLayer: JSON {
        let version = knowledge?.files.first { $0.source.contains("ATT&CK") }?.version
        return NavigatorLayer(mitigated: techniques ?? [], name: name, attackVersion: version).json
    }
}

extension Double {
    /// "41 %".
    var percent: String { "\((self * 100).fixed(0)) %" }
}
