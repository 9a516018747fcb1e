import Hummingbird
import SecureBERTJSON
import SecureBERTSearch

/// `/v1/search`: passages or documents of the index.
struct SearchRoutes: Sendable {
    let service: Service

    /// `{"query", "top_k"?, "mode"?, "level"?, "per_document"?, "rerank_depth"?, "rerank_weight"?, "fusion"?, "vector_weight"?, "filter"?}` to what `securebert search
    /// --json` prints, with files called by their paths below the folder that was indexed. A filter has `path`, `kind`, `since`, `before` and
    /// `metadata`; a document passes when it passes all.
    func search(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        var query = SearchQuery(try fields.string("query"))
        guard let search = service.search else {
            throw APIError(
                .notFound,
                "this server has no index; make one with securebert index build, and start with securebert serve --index DIR"
            )
        }
        guard query.text.utf8.contains(where: { $0 > 0x20 }) else {
            throw APIError(.empty, "\"query\" is empty", parameter: "query")
        }
        query.limit = try fields.integer("top_k", in: 1...Self.maximumResults) ?? 10
        query.mode = try fields.choice("mode") ?? .hybrid
        query.fusion.method = try fields.choice("fusion") ?? query.fusion.method
        query.fusion.vectorWeight = try fields.number("vector_weight", in: 0...1) ?? query.fusion.vectorWeight
        query.level = try fields.choice("level") ?? .passage
        query.passagesPerDocument = try fields.integer("per_document", in: 1...Self.maximumResults)
        query.rerankDepth = try fields.integer("rerank_depth", in: 1...Self.maximumResults)
        query.rerankFusion.weight = try fields.number("rerank_weight", in: 0...1) ?? query.rerankFusion.weight
        let filter = try fields.fields("filter")
        if filter.value("path") != nil { query.names = try filter.strings("path") }
        query.filter = try self.filter(filter)
        let json = try await service.job(cost: query.text.utf8.count, context) { [query] _ in try search.search(query) }
        return .json(json)
    }

    private static let maximumResults = 1000

    private func filter(_ fields: RequestFields) throws(APIError) -> SearchFilter {
        var filter = SearchFilter()
        if fields.value("kind") != nil { filter.kinds = try fields.strings("kind") }
        filter.since = try fields.optionalString("since")
        filter.before = try fields.optionalString("before")
        let metadata = try fields.fields("metadata")
        for name in metadata.names { filter.metadata[name] = try metadata.strings(name) }
        return filter
    }
}
