import SecureBERT
import SecureBERTJSON

/// A scan as one JSON document: what `securebert scan --json` prints and `POST /v1/scan` answers.
package struct ScanJSON {
    private let report: ScanReport
    private let context: ScanContext

    package init(report: ScanReport, context: ScanContext) { (self.report, self.context) = (report, context) }

    package var json: JSON {
        let counts = report.counts
        return [
            "tool": ["name": "securebert scan", "version": .string(context.toolVersion)],
            "model": .string(context.modelName), "threshold": .number(report.threshold),
            "measured": context.triage?.json ?? .null,
            "attribution": "gradient x input",
            "summary": [
                "files": .integer(counts.files), "functions": .integer(counts.functions),
                "cached": .integer(counts.cached), "scored": .integer(counts.scored),
                "ignored": .integer(context.ignored), "findings": .integer(report.findings.count),
                "unchanged": .integer(report.findings.count { $0.isKnown }),
                "suppressed": .integer(report.findings.count { $0.suppression != nil }),
            ],
            "findings": .array(report.findings.map(finding)), "notifications": .array(report.notes.map(Self.note)),
        ]
    }

    private func finding(_ finding: ScanFinding) -> JSON {
        [
            "path": .string(finding.path), "startLine": .integer(finding.function.lines.lowerBound),
            "endLine": .integer(finding.function.lines.upperBound), "language": .string(finding.language.rawValue),
            "name": finding.function.name.map(JSON.string) ?? .null,
            "qualifiedName": .string(finding.function.qualifiedName),
            "score": .number((finding.score * 10000).rounded() / 10000), "label": .string(finding.label),
            "precision": context.triage?.row(for: finding.score).map {
                .number(($0.precision.value * 10000).rounded() / 10000)
            } ?? .null,
            "lines": .array(
                finding.lines.map {
                    [
                        "line": .integer($0.number), "share": .number(($0.share * 1000).rounded() / 1000),
                        "text": .string($0.text),
                    ]
                }),
            "fingerprint": .string(finding.fingerprint),
            "baseline": context.hasBaseline ? .string(finding.isKnown ? "unchanged" : "new") : .null,
            "suppression": finding.suppression.map(JSON.string) ?? .null,
        ]
    }

    private static func note(_ note: ScanNote) -> JSON {
        [
            "level": .string(note.level.rawValue), "code": .string(note.code),
            "path": note.path.map(JSON.string) ?? .null, "message": .string(note.message),
        ]
    }
}

/// What is known of a scan beside its report.
package struct ScanContext: Sendable {
    package let toolVersion: String
    package let modelName: String
    package let triage: TriageTable?
    package let hasBaseline: Bool
    /// Files and folders that ignore files have left out.
    package let ignored: Int
    package let category: String
    package let weaknessNames: [String: String]

    package init(
        toolVersion: String, modelName: String, triage: TriageTable?, hasBaseline: Bool = false, ignored: Int = 0,
        category: String = "default", weaknessNames: [String: String] = [:]
    ) {
        (self.toolVersion, self.modelName, self.triage) = (toolVersion, modelName, triage)
        (self.hasBaseline, self.ignored, self.category) = (hasBaseline, ignored, category)
        self.weaknessNames = weaknessNames
    }

    package var sarif: SarifLog.Context {
        SarifLog.Context(
            toolVersion: toolVersion, model: modelName, triage: triage, category: category,
            hasBaseline: hasBaseline, weaknessNames: weaknessNames)
    }
}
