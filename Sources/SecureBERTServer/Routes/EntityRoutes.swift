import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `/v1/ner` and `/v1/fill-mask`: what `securebert ner` and `fill-mask` print.
struct EntityRoutes: Sendable {
    let service: Service

    /// `{"text" or "texts", "aggregation"?, "threshold"?, "offsets"?, "truncate"?, "model"?}`; one text gives `{"entities": [...], "tokens",
    /// "windows", "truncated"}`, several `{"results": [...]}`.
    func ner(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let texts = try fields.value("texts") == nil ? [fields.string("text")] : fields.strings("texts")
        guard !texts.isEmpty else { throw APIError(.empty, "\"texts\" is empty", parameter: "texts") }
        let aggregation = try fields.choice("aggregation", EntityAggregation.self) ?? .word
        let threshold = Float(try fields.number("threshold", in: 0...1) ?? 0)
        let offsets = try fields.choice("offsets", OffsetCounting.self) ?? .scalars
        let truncate = try fields.bool("truncate", default: false)
        let (model, lane) = try service.catalog.ner(try fields.optionalString("model"))
        let results = try await service.run(
            model, lane, texts.map { .init($0, aggregation: aggregation, truncate: truncate) }, context)
        let json = results.map { Self.json($0, threshold: threshold, offsets) }
        return .json(fields.value("texts") == nil ? json[0] : ["results": .array(json)])
    }

    private static func json(_ result: EntityRecognizer.Result, threshold: Float, _ offsets: OffsetCounting) -> JSON {
        let entities = result.entities.filter { $0.score.value >= threshold }.map { entity -> JSON in
            let range = offsets.of(entity.range)
            return [
                "type": .string(entity.type), "text": .string(entity.text), "start": .integer(range.lowerBound),
                "end": .integer(range.upperBound), "score": JSON(entity.score.value),
            ]
        }
        return [
            "entities": .array(entities), "tokens": .integer(result.usage.tokens),
            "windows": .integer(result.usage.windows), "truncated": .bool(result.usage.truncated),
        ]
    }

    /// `{"text", "top_k"?, "targets"?, "model"?}` to `{"masks": [{"position", "predictions": [{"token", "score", "logit"}]}]}`.
    func fillMask(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let text = try fields.string("text")
        let topK = try fields.integer("top_k", in: 1...1000) ?? 5
        let targets = try fields.value("targets") == nil ? [] : fields.strings("targets")
        let (model, lane) = try service.catalog.fillMask(try fields.optionalString("model"))
        let result = try await service.run(model, lane, [.init(text, topK: topK, targets: targets)], context)[0]
        return .json([
            "masks": .array(
                result.masks.map { mask in
                    [
                        "position": .integer(mask.position),
                        "predictions": .array(
                            mask.predictions.map {
                                [
                                    "token": .string($0.token), "score": JSON($0.score.value),
                                    "logit": JSON($0.logit.value),
                                ]
                            }),
                    ]
                }), "tokens": .integer(result.usage.tokens), "windows": .integer(result.usage.windows),
        ])
    }
}
