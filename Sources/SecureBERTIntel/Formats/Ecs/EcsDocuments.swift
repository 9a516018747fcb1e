import SecureBERTJSON

/// Analyses as documents of the Elastic Common Schema 8.17: one for each indicator, vulnerability, technique, group and
/// software.
///
/// Names without an id, tactics, weaknesses, campaigns and mitigations have no field there and are left out. The same
/// analyses give the same documents, with the same `event.id`, so that they can be indexed again. `labels` has where in
/// the text the first mention is, in Unicode scalars.
public struct EcsDocuments: Sendable {
    public let documents: [JSON]

    /// The documents as lines of JSON.
    public var lines: String { documents.map { $0.text + "\n" }.joined() }

    /// - Parameters:
    ///   - analyses: What was found in each report.
    ///   - published: When the reports were published, or analyzed: `@timestamp`.
    ///   - knowledge: Where names of tactics, and of the techniques that sub-techniques belong to, are looked up.
    ///   - marking: Who may see the indicators; nil for no marking.
    public init(
        _ analyses: [ReportAnalysis], published: UTCTime, knowledge: KnowledgeBase, marking: TrafficLight? = nil
    ) {
        let threats = EcsThreat(knowledge, marking)
        documents = analyses.flatMap { analysis in
            let sentences = Sentences(analysis.text)
            return ReportFindings(analysis).findings.compactMap { finding in
                Self.document(finding, analysis, threats, sentences, published)
            }
        }
    }

    private static func document(
        _ finding: Finding, _ analysis: ReportAnalysis, _ threats: EcsThreat, _ sentences: Sentences, _ time: UTCTime
    ) -> JSON? {
        guard let content = threats.content(of: finding), let mention = finding.mentions.first else { return nil }
        let id = NamedUUID.own.uuid(["ecs", analysis.digest, analysis.name, content.key])
        let file: [JSON.Object.Member] = [("path", .string(analysis.name))]
        let hash: [JSON.Object.Member] =
            analysis.digest.utf8.count == 64 ? [("hash", ["sha256": .string(analysis.digest)])] : []
        let document: [JSON.Object.Member] = [
            ("@timestamp", .string(time.rfc3339(milliseconds: true))), ("ecs", ["version": "8.17.0"]),
            ("message", .string(sentences.text(around: mention))),
            (
                "event",
                [
                    "id": .string(id), "kind": "enrichment", "category": [.string(content.category)],
                    "type": [.string(content.type)], "provider": "securebert",
                ]
            ),
            ("file", .object(.init(file + hash))),
            (
                "labels",
                [
                    "mention_start": .string(String(mention.scalars.lowerBound)),
                    "mention_end": .string(String(mention.scalars.upperBound)),
                    "confidence": .string(String(finding.confidence)),
                ]
            ),
            ("tags", ["securebert"]),
        ]
        return .object(.init(document + content.members))
    }
}
