import SecureBERT
import SecureBERTJSON

/// An analysis as JSON: what `securebert analyze --json` prints and `POST /v1/analyze` answers.
package struct AnalysisJSON {
    /// The unit of "start" and "end".
    private let offsets: OffsetCounting

    package init(offsets: OffsetCounting) { self.offsets = offsets }

    package func callAsFunction(_ analysis: ReportAnalysis) -> JSON {
        .object(
            .init([("file", .string(analysis.name)), ("sha256", .string(analysis.digest))] + findings(analysis)))
    }

    /// What was found, without where the text is from.
    package func findings(_ analysis: ReportAnalysis) -> [JSON.Object.Member] {
        [
            ("entities", .array(analysis.entities.map(entity))),
            ("indicators", .array(analysis.indicators.map(indicator))),
            ("techniques", .array(analysis.techniques.map(technique))),
        ]
    }

    private func place(_ text: String, _ range: TextRange) -> [JSON.Object.Member] {
        let range = offsets.of(range)
        return [("text", .string(text)), ("start", .integer(range.lowerBound)), ("end", .integer(range.upperBound))]
    }

    private func link(_ entry: KnowledgeEntry) -> JSON {
        [
            "id": .string(entry.id), "kind": .string(entry.kind.rawValue), "name": .string(entry.name),
            "url": .string(entry.url),
        ]
    }

    private func entity(_ entity: FoundEntity) -> JSON {
        .object(
            .init(
                [("type", .string(entity.type))] + place(entity.text, entity.range) + [
                    ("score", entity.score.map { JSON($0) } ?? .null), ("links", .array(entity.links.map(link))),
                ]))
    }

    private func indicator(_ found: FoundIndicator) -> JSON {
        .object(
            .init(
                [("type", .string(found.indicator.type.rawValue))] + place(found.indicator.text, found.range) + [
                    ("value", .string(found.indicator.value)),
                    ("port", found.indicator.port.map(JSON.integer) ?? .null),
                    ("defanged", .bool(found.indicator.isDefanged)), ("link", found.link.map(link) ?? .null),
                ]))
    }

    private func technique(_ technique: FoundTechnique) -> JSON {
        let evidence = technique.evidence.map { evidence -> JSON in
            .object(
                .init(
                    place(evidence.text, evidence.range) + [
                        ("score", JSON(evidence.score)), ("named", .bool(evidence.isNamed)),
                    ]))
        }
        return [
            "id": .string(technique.entry.id), "name": .string(technique.entry.name),
            "tactics": .array(technique.entry.tactics.map(JSON.string)), "score": JSON(technique.score),
            "url": .string(technique.entry.url), "evidence": .array(evidence),
        ]
    }
}
