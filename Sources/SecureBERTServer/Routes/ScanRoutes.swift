import Hummingbird
import SecureBERTIntel
import SecureBERTJSON

/// `/v1/scan`: triage of source code.
struct ScanRoutes: Sendable {
    let service: Service

    /// `{"files": [{"path", "content", "language"?}], "threshold"?, "format"?}`, or `path` and `content` of one file, to what `securebert scan
    /// --format json` or `sarif` prints.
    func scan(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        guard let scan = service.scan else {
            throw APIError(.notFound, "this server does not scan code: it was started without a model for it")
        }
        var files: [ScanService.File] = []
        for file in try fields.objects("files") ?? [fields] { files.append(try self.file(file)) }
        guard !files.isEmpty else { throw APIError(.empty, "\"files\" is empty", parameter: "files") }
        let threshold = try fields.number("threshold", in: 0...1)
        let format = try fields.choice("format", ScanService.Format.self) ?? .json
        let cost = files.reduce(0) { $0 + $1.content.count }
        let json = try await service.job(cost: cost, context) { [files] isCancelled in
            try scan.scan(files, threshold: threshold, format, isCancelled: isCancelled)
        }
        return .json(json)
    }

    private func file(_ fields: RequestFields) throws(APIError) -> ScanService.File {
        let path = try fields.string("path")
        let content = try fields.string("content")
        // A name of a path in an answer, never a file of this computer.
        guard !path.isEmpty, path.utf8.count <= 1024 else {
            throw APIError(
                .validation, "\"path\" must have 1 to 1024 bytes, found \(path.utf8.count)", parameter: "path")
        }
        let named: SourceLanguage? = try fields.choice("language")
        guard let language = named ?? SourceLanguage(path: path) else {
            throw APIError(
                .validation,
                "the ending of \"\(path.suffix(40))\" tells no language; give \"language\": \(SourceLanguage.allCases.map(\.rawValue).joined(separator: ", "))",
                parameter: "path")
        }
        return ScanService.File(path: path, language: language, content: Array(content.utf8))
    }
}
