import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `POST /models/{id}` with the JSON of Hugging Face's inference API: `{"inputs", "parameters"?}`, answered as the pipeline of the model's task does.
struct HubRoutes: Sendable {
    let service: Service

    func infer(_ id: String, _ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let model = try service.catalog.model(id)
        let parameters = try fields.fields("parameters")
        switch model.task {
        case .embed(let lane):
            if fields.value("inputs")?.objectValue != nil {
                return try await EmbedRoutes(service: service).similarity(fields, context)
            }
            return try await embed(model, lane, fields, parameters, context)
        case .classify(let lane): return try await classify(model, lane, fields, parameters, context)
        case .ner(let lane): return try await entities(model, lane, fields, parameters, context)
        case .fillMask(let lane): return try await fillMask(model, lane, fields, parameters, context)
        case .rerank(let lane): return try await rank(model, lane, fields, context)
        }
    }

    /// The texts, and whether there was an array of them: pipelines answer one text without the outer array.
    private func texts(_ fields: RequestFields) throws(APIError) -> (texts: [String], isBatch: Bool) {
        let texts = try fields.strings("inputs")
        guard !texts.isEmpty else { throw APIError(.empty, "\"inputs\" is empty", parameter: "inputs") }
        return (texts, fields.value("inputs")?.arrayValue != nil)
    }

    private func embed(
        _ model: ServedModel, _ lane: Lane<SentenceEncoder>, _ fields: RequestFields, _ parameters: RequestFields,
        _ context: APIContext
    ) async throws -> Response {
        let (texts, isBatch) = try texts(fields)
        var options = SentenceEncoder.Options()
        options.normalize = try parameters.bool("normalize", default: lane.task.normalizes)
        options.truncate = try parameters.bool("truncate", default: false)
        options.prompt = try parameters.optionalString("prompt_name").map { .named($0) } ?? .standard
        let vectors = try await service.run(
            model, lane, texts.map { [options] in .init($0, options: options) }, context
        ).map(\.vector)
        var out: [UInt8] = []
        if isBatch { out.append(UInt8(ascii: "[")) }
        for (index, vector) in vectors.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            FloatJSON.append(vector, to: &out)
        }
        if isBatch { out.append(UInt8(ascii: "]")) }
        return .bytes(out, type: "application/json")
    }

    private enum Function: String, CaseIterable {
        case softmax, sigmoid, none
    }

    private func classify(
        _ model: ServedModel, _ lane: Lane<TextClassifier>, _ fields: RequestFields, _ parameters: RequestFields,
        _ context: APIContext
    ) async throws -> Response {
        let (texts, _) = try texts(fields)
        let function = try parameters.choice("function_to_apply", Function.self)
        let topK = try parameters.integer("top_k", in: 1...100_000)
        let mode = function.flatMap { TextClassifier.Mode(rawValue: $0.rawValue) } ?? lane.task.defaultMode
        let results = try await service.run(model, lane, texts.map { .init(TextInput($0), mode: mode) }, context)
        return .json(.array(results.map { PredictRoutes.json($0, raw: function == Function.none, topK: topK) }))
    }

    /// Names of the reference's pipeline.
    private enum Aggregation: String, CaseIterable {
        case none, simple, first, average, max
    }

    private func entities(
        _ model: ServedModel, _ lane: Lane<EntityRecognizer>, _ fields: RequestFields, _ parameters: RequestFields,
        _ context: APIContext
    ) async throws -> Response {
        let (texts, isBatch) = try texts(fields)
        let asked = try parameters.choice("aggregation_strategy", Aggregation.self)
        let aggregation = asked.flatMap { EntityAggregation(rawValue: $0.rawValue) } ?? .word
        let results = try await service.run(model, lane, texts.map { .init($0, aggregation: aggregation) }, context)
        let json = results.map { result in
            JSON.array(
                result.entities.map { entity in
                    .object(
                        .init([
                            (aggregation == .none ? "entity" : "entity_group", .string(entity.type)),
                            ("score", JSON(entity.score.value)), ("word", .string(entity.text)),
                            ("start", .integer(entity.range.scalars.lowerBound)),
                            ("end", .integer(entity.range.scalars.upperBound)),
                        ]))
                })
        }
        return .json(isBatch ? .array(json) : json[0])
    }

    private func fillMask(
        _ model: ServedModel, _ lane: Lane<FillMask>, _ fields: RequestFields, _ parameters: RequestFields,
        _ context: APIContext
    ) async throws -> Response {
        let (texts, isBatch) = try texts(fields)
        let topK = try parameters.integer("top_k", in: 1...1000) ?? 5
        let targets = try parameters.value("targets") == nil ? [] : parameters.strings("targets")
        let results = try await service.run(
            model, lane, texts.map { .init($0, topK: topK, targets: targets) }, context)
        let json = zip(texts, results).map { text, result -> JSON in
            let masks = result.masks.map { mask -> JSON in
                .array(
                    mask.predictions.map { prediction in
                        [
                            "score": JSON(prediction.score.value), "token": .integer(Int(prediction.id)),
                            "token_str": .string(prediction.token),
                            // With several masks the pipeline cannot fill all of them at once either.
                            "sequence": .string(
                                result.masks.count == 1 ? FillMask.text(text, filledWith: prediction.token) : text),
                        ]
                    })
            }
            return masks.count == 1 ? masks[0] : .array(masks)
        }
        return .json(isBatch ? .array(json) : json[0])
    }

    /// `{"inputs": [["query", "text"], ...]}` to `[score, ...]`, as a CrossEncoder's `predict`.
    private func rank(
        _ model: ServedModel, _ lane: Lane<CrossEncoder>, _ fields: RequestFields, _ context: APIContext
    ) async throws -> Response {
        var pairs: [CrossEncoder.Input] = []
        for (index, pair) in (try fields.array("inputs") ?? []).enumerated() {
            let texts = pair.arrayValue?.compactMap(\.stringValue) ?? []
            guard texts.count == 2, pair.arrayValue?.count == 2 else {
                throw APIError(
                    .validation, "\"inputs[\(index)]\" must be an array of two strings, a query and a text",
                    parameter: "inputs")
            }
            pairs.append(.init(query: texts[0], document: texts[1]))
        }
        guard !pairs.isEmpty else { throw APIError(.empty, "\"inputs\" has no pairs", parameter: "inputs") }
        let scores = try await service.run(model, lane, pairs, context)
        return .json(.array(scores.map { JSON($0.score) }))
    }
}
