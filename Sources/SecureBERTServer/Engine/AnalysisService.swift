import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

/// Reads and analyzes reports, for `/v1/text`, `/v1/analyze` and `/stix`.
package struct AnalysisService: Sendable {
    /// What becomes of a document: its text and the SHA-256 of its bytes.
    package typealias Reader =
        @Sendable (
            _ bytes: [UInt8], _ name: String, _ limits: DocumentLimits
        ) throws -> ReportAnalyzer.Report

    let analyzer: ReportAnalyzer
    let knowledge: KnowledgeBase
    /// Makes text of documents: Markdown, HTML, PDF.
    let read: Reader

    package init(_ analyzer: ReportAnalyzer, _ knowledge: KnowledgeBase, read: @escaping Reader) {
        (self.analyzer, self.knowledge, self.read) = (analyzer, knowledge, read)
    }

    /// Analyzes a report.
    /// - Parameter isCancelled: Asked between groups of sentences.
    func analyze(
        _ report: ReportAnalyzer.Report, _ options: ReportAnalyzer.Options, isCancelled: () -> Bool
    ) throws -> ReportAnalysis {
        try analyzer(report, options: options) { _, _ in
            if isCancelled() { throw CancellationError() }
        }
    }
}

/// How much reading a document may take.
package struct DocumentLimits: Sendable {
    package let seconds: Int
    package let textBytes: Int
    package let isCancelled: @Sendable () -> Bool
}

/// The formats of an analysis, named as `securebert analyze --format` does.
enum AnalysisFormat: String, CaseIterable, Sendable {
    case json, stix, misp, navigator, ecs

    /// How the document is written.
    struct Context: Sendable {
        let offsets: OffsetCounting
        let published: UTCTime
        let marking: TrafficLight?
        let knowledge: KnowledgeBase
    }

    /// The document and its media type.
    func document(_ analysis: ReportAnalysis, _ context: Context) -> (text: [UInt8], type: String) {
        func bytes(_ json: JSON) -> [UInt8] {
            var out: [UInt8] = []
            json.write(into: &out)
            return out
        }
        switch self {
        case .json: return (bytes(AnalysisJSON(offsets: context.offsets)(analysis)), "application/json")
        case .stix:
            return (
                bytes(StixBundle([analysis], published: context.published, marking: context.marking).json),
                "application/stix+json;version=2.1"
            )
        case .misp:
            return (
                bytes(MispEvent(analysis, published: context.published, marking: context.marking).json),
                "application/json"
            )
        case .navigator:
            let version = context.knowledge.files.first { $0.source.contains("ATT&CK") }?.version
            let name = analysis.name.isEmpty ? "Report" : analysis.name
            return (bytes(NavigatorLayer([analysis], name: name, attackVersion: version).json), "application/json")
        case .ecs:
            let lines = EcsDocuments(
                [analysis], published: context.published, knowledge: context.knowledge, marking: context.marking
            ).lines
            return (Array(lines.utf8), "application/x-ndjson")
        }
    }
}
