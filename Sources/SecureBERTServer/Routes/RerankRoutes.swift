import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `/rerank`: text-embeddings-inference's when the request has `texts`, Cohere's and Jina's when it has `documents`.
struct RerankRoutes: Sendable {
    let service: Service

    func rerank(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        if fields.value("documents") != nil { return try await cohere(fields, context) }
        return try await plain(fields, context)
    }

    /// `{"query", "texts", "raw_scores"?, "return_text"?, "truncate"?}` to `[{"index", "score", "text"?}]`, best first.
    private func plain(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let texts = try fields.strings("texts")
        guard !texts.isEmpty else { throw APIError(.empty, "\"texts\" is empty", parameter: "texts") }
        let (raw, returnsText) = try (
            fields.bool("raw_scores", default: false), fields.bool("return_text", default: false)
        )
        let (_, order, scores) = try await ranked(texts, fields, context)
        return .json(
            .array(
                order.map { index in
                    .object(
                        .init(
                            [
                                ("index", .integer(index)),
                                ("score", JSON(raw ? scores[index].logit.value : scores[index].score)),
                            ] + (returnsText ? [("text", .string(texts[index]))] : [])))
                }))
    }

    /// `{"model"?, "query", "documents", "top_n"?, "return_documents"?}` to `{"id", "results": [...], "meta", "usage"}`.
    func cohere(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let texts = try documents(fields)
        guard !texts.isEmpty else { throw APIError(.empty, "\"documents\" is empty", parameter: "documents") }
        let count = try fields.integer("top_n", in: 1...1_000_000) ?? texts.count
        let returnsDocuments = try fields.bool("return_documents", default: false)
        let (model, order, scores) = try await ranked(texts, fields, context)
        let results = order.prefix(count).map { index -> JSON in
            .object(
                .init(
                    [("index", .integer(index)), ("relevance_score", JSON(scores[index].score))]
                        + (returnsDocuments ? [("document", ["text": .string(texts[index])])] : [])))
        }
        let tokens = scores.reduce(0) { $0 + $1.usage.tokens }
        return .json([
            "id": .string(context.requestID), "model": .string(model.id), "results": .array(results),
            "meta": ["api_version": ["version": "1"], "billed_units": ["search_units": 1]],
            "usage": ["prompt_tokens": .integer(tokens), "total_tokens": .integer(tokens)],
        ])
    }

    /// Documents are strings, or objects with a text.
    private func documents(_ fields: RequestFields) throws(APIError) -> [String] {
        if let first = try fields.array("documents")?.first, first.objectValue != nil {
            var texts: [String] = []
            for document in try fields.objects("documents") ?? [] { texts.append(try document.string("text")) }
            return texts
        }
        return try fields.strings("documents")
    }

    private func ranked(
        _ texts: [String], _ fields: RequestFields, _ context: APIContext
    ) async throws -> (model: ServedModel, order: [Int], scores: [CrossEncoder.Score]) {
        let query = try fields.string("query")
        let truncate = try fields.bool("truncate", default: false)
        let (model, lane) = try service.catalog.rerank(try fields.optionalString("model"))
        let scores = try await service.run(
            model, lane, texts.map { .init(query: query, document: $0, truncate: truncate) }, context)
        // Sorting is stable: equal texts keep their order.
        return (model, scores.indices.sorted { scores[$0].logit > scores[$1].logit }, scores)
    }
}
