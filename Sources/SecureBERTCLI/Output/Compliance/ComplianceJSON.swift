import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// What `comply` found, as JSON.
struct ComplianceJSON {
    /// The unit of "start" and "end".
    let offsets: OffsetCounting

    /// One document for all.
    func callAsFunction(_ report: ComplianceReport) -> JSON {
        let documents = report.analyses.map { analysis -> JSON in
            [
                "file": .string(analysis.name), "sha256": .string(analysis.digest),
                "configuration": .bool(analysis.isConfiguration),
                "passages": .array(analysis.passages.map { .object(.init(passage($0))) }),
            ]
        }
        return .object(.init([("documents", .array(documents))] + summary(report)))
    }

    /// A line for each passage, then one with the coverage.
    func lines(_ report: ComplianceReport) -> String {
        var lines: [JSON] = report.analyses.flatMap { analysis in
            analysis.passages.map { .object(.init([("file", .string(analysis.name))] + passage($0))) }
        }
        lines.append(.object(.init(summary(report))))
        return lines.map { $0.text + "\n" }.joined()
    }

    private func summary(_ report: ComplianceReport) -> [JSON.Object.Member] {
        let coverage = zip(report.mappers, report.coverages).map { mapper, coverage in
            self.coverage(coverage, mapper, threshold: report.threshold(mapper))
        }
        let techniques = report.techniques.map { techniques in
            JSON.array(
                techniques.map { mitigated in
                    [
                        "id": .string(mitigated.technique.id), "name": .string(mitigated.technique.name),
                        "url": .string(mitigated.technique.url),
                        "controls": .array(mitigated.controls.map(JSON.string)),
                    ]
                })
        }
        return [
            ("coverage", .array(coverage)), ("techniques", techniques ?? .null),
            ("notes", .array(report.caveats.map(JSON.string))),
        ]
    }

    private func place(_ text: String, _ range: TextRange) -> [JSON.Object.Member] {
        let range = offsets.of(range)
        return [("text", .string(text)), ("start", .integer(range.lowerBound)), ("end", .integer(range.upperBound))]
    }

    private func passage(_ passage: MappedPassage) -> [JSON.Object.Member] {
        place(passage.text, passage.range) + [
            ("line", .integer(passage.lines.lowerBound)), ("endLine", .integer(passage.lines.upperBound)),
            ("heading", passage.heading.map(JSON.string) ?? .null),
            (
                "controls",
                .array(
                    passage.controls.map { mapped in
                        [
                            "framework": .string(mapped.catalog), "id": .string(mapped.control.id),
                            "title": .string(mapped.control.name), "score": JSON(mapped.score),
                            "evidence": .object(.init(place(mapped.evidence.text, mapped.evidence.range))),
                        ]
                    })
            ),
            (
                "belowThreshold",
                passage.nearest.map { nearest in
                    [
                        "framework": .string(nearest.catalog), "id": .string(nearest.control.id),
                        "score": JSON(nearest.score),
                    ]
                } ?? .null
            ),
        ]
    }

    private func coverage(_ coverage: ComplianceCoverage, _ mapper: ControlMapper, threshold: Float) -> JSON {
        let (counts, quality) = (coverage.counts, mapper.mapping.quality)
        let isMeasured = coverage.catalog.framework != nil
        return [
            "framework": .string(coverage.catalog.id), "name": .string(coverage.catalog.name),
            "baseline": coverage.baseline.map(JSON.string) ?? .null, "threshold": JSON(threshold),
            "measured": isMeasured
                ? quality.map { ["precision": .number($0.precision), "recall": .number($0.recall)] } ?? .null : .null,
            "covered": .integer(counts.covered), "total": .integer(counts.total),
            "groups": .array(
                coverage.groups.map {
                    [
                        "id": .string($0.id), "name": .string($0.name), "covered": .integer($0.covered),
                        "total": .integer($0.total),
                    ]
                }),
            "controls": .array(
                coverage.covered.map { covered in
                    [
                        "id": .string(covered.control.id), "title": .string(covered.control.name),
                        "score": JSON(covered.score), "inBaseline": .bool(covered.isExpected),
                        "passages": .array(
                            covered.passages.map {
                                ["document": .integer($0.document), "passage": .integer($0.passage)]
                            }),
                    ]
                }),
            "gaps": .array(
                coverage.gaps.map { ["id": .string($0.id), "title": .string($0.name)] }),
        ]
    }
}
