import HTTPTypes
import Hummingbird
import SecureBERT
import SecureBERTIntel
import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `/v1/analyze`, `/v1/text` for the text that it reads, and `/stix` as OpenCTI's import of documents calls it.
struct AnalyzeRoutes: Sendable {
    let service: Service

    /// `{"text", "name"?, "format"?, "technique_threshold"?, "entity_threshold"?, "offsets"?, "tlp"?, "published"?}` to what
    /// `securebert analyze --format` prints.
    func analyze(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let text = try fields.string("text")
        let analysis = try analysisService()
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            throw APIError(.empty, "\"text\" is empty", parameter: "text")
        }
        var options = ReportAnalyzer.Options()
        options.entityThreshold = Float(try fields.number("entity_threshold", in: 0...1) ?? 0)
        options.techniqueThreshold = try fields.number("technique_threshold", in: 0...1).map(Float.init)
        let format = try fields.choice("format", AnalysisFormat.self) ?? .json
        let published = try fields.optionalString("published")
        guard let time = published.map(UTCTime.init) ?? .some(Self.now) else {
            throw APIError(
                .validation, "\"published\" must be a date such as 2024-05-01 or 2024-05-01T12:00:00Z",
                parameter: "published")
        }
        let document = AnalysisFormat.Context(
            offsets: try fields.choice("offsets", OffsetCounting.self) ?? .scalars, published: time,
            marking: try fields.choice("tlp", TrafficLight.self), knowledge: analysis.knowledge)
        let name = try fields.optionalString("name") ?? ""
        let (bytes, type) = try await service.job(cost: text.utf8.count, context) { [options] isCancelled in
            let report = try analysis.read(
                Array(text.utf8), Self.plainName(name), service.documentLimits(isCancelled))
            return format.document(
                try analysis.analyze(
                    .init(report.text, name: name, digest: report.digest), options, isCancelled: isCancelled), document)
        }
        return .bytes(bytes, type: type)
    }

    /// A document in the part `file` of a form to `{"file", "sha256", "text"}`: the text that `securebert analyze` reads.
    func text(_ request: Request, _ context: APIContext) async throws -> Response {
        let report = try await document(request, context, analysisService())
        return .json(["file": .string(report.name), "sha256": .string(report.digest), "text": .string(report.text)])
    }

    /// A document in the part `file` of a form to a STIX bundle.
    func stix(_ request: Request, _ context: APIContext) async throws -> Response {
        let analysis = try analysisService()
        let report = try await document(request, context, analysis)
        let document = AnalysisFormat.Context(
            offsets: .scalars, published: Self.now, marking: nil, knowledge: analysis.knowledge)
        let (bytes, type) = try await service.job(cost: report.text.utf8.count, context) { isCancelled in
            AnalysisFormat.stix.document(
                try analysis.analyze(report, .init(), isCancelled: isCancelled), document)
        }
        return .bytes(bytes, type: type)
    }

    /// The document in the part `file` of a form.
    private func document(
        _ request: Request, _ context: APIContext, _ analysis: AnalysisService
    ) async throws -> ReportAnalyzer.Report {
        guard let type = request.headers[.contentType], let boundary = MultipartForm.boundary(contentType: type) else {
            throw APIError(
                .unsupportedMediaType,
                "expected the content type multipart/form-data with a boundary, and the document in the part \"file\"")
        }
        let body = try await service.body(request, context, limit: service.settings.maximumUploadBytes)
        let file = try MultipartForm(body, boundary: boundary).part(named: "file")
        guard let file else {
            throw APIError(.validation, "the form has no part \"file\" with the document", parameter: "file")
        }
        guard !file.content.isEmpty else { throw APIError(.empty, "the part \"file\" is empty", parameter: "file") }
        let name = file.fileName ?? "report.txt"
        return try await service.job(cost: 1, in: service.documents, context) { isCancelled in
            try analysis.read(Array(file.content), name, service.documentLimits(isCancelled))
        }
    }

    private func analysisService() throws(APIError) -> AnalysisService {
        guard let analysis = service.analysis else {
            throw APIError(
                .notFound,
                "this server does not analyze reports: it was started without the models or the knowledge for it")
        }
        return analysis
    }

    /// Text of a JSON string is text, or the HTML that its name tells; never a PDF.
    private static func plainName(_ name: String) -> String {
        name.lowercased().hasSuffix(".html") || name.lowercased().hasSuffix(".htm") ? "report.html" : "report.txt"
    }

    private static var now: UTCTime { UTCTime(secondsSince1970: Int(time(nil))) }
}
