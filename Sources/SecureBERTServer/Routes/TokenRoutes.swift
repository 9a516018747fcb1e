import Hummingbird
import SecureBERTJSON
import SecureBERTTokenizers

/// `/tokenize` and `/decode` of text-embeddings-inference.
struct TokenRoutes: Sendable {
    let service: Service

    private func tokenizer(_ fields: RequestFields) throws(APIError) -> Tokenizer {
        if let id = try fields.optionalString("model") { return try service.catalog.model(id).model.tokenizer }
        guard let first = service.catalog.models.first else { throw APIError(.notFound, "this server has no model") }
        return first.model.tokenizer
    }

    /// `{"inputs", "add_special_tokens"?, "model"?}` to `[[{"id", "text", "special", "start", "stop"}]]`; places count Unicode scalars.
    func tokenize(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let texts = try fields.strings("inputs")
        guard !texts.isEmpty else { throw APIError(.empty, "\"inputs\" is empty", parameter: "inputs") }
        guard texts.count <= service.settings.maximumInputs else {
            throw APIError(
                .tooLarge,
                "\(texts.count) inputs in one request, at most \(service.settings.maximumInputs) are taken; split them")
        }
        let special = try fields.bool("add_special_tokens", default: true)
        let tokenizer = try tokenizer(fields)
        return try await service.reading {
            .json(
                .array(
                    try texts.map { text in
                        let encoding: Encoding
                        do { encoding = try tokenizer.encode(text, addSpecialTokens: special) } catch {
                            throw Service.apiError(error)
                        }
                        return .array(Self.tokens(encoding))
                    }))
        }
    }

    private static func tokens(_ encoding: Encoding) -> [JSON] {
        let (tokens, mask, offsets) = (
            encoding.tokens, encoding.specialTokensMask, encoding.offsets(in: .unicodeScalars)
        )
        return encoding.ids.indices.map { index in
            let place: (JSON, JSON) =
                mask[index]
                ? (.null, .null) : (.integer(offsets[index].lowerBound), .integer(offsets[index].upperBound))
            return [
                "id": .integer(Int(encoding.ids[index])), "text": .string(tokens[index]), "special": .bool(mask[index]),
                "start": place.0, "stop": place.1,
            ]
        }
    }

    /// `{"ids": [...] or [[...]], "skip_special_tokens"?, "model"?}` to `["text", ...]`.
    func decode(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        guard let values = try fields.array("ids") else {
            throw APIError(
                .validation, "\"ids\" must be an array of numbers or of arrays of numbers, it is missing",
                parameter: "ids")
        }
        guard !values.isEmpty else { throw APIError(.empty, "\"ids\" is empty", parameter: "ids") }
        let lists = values[0].arrayValue == nil ? [values] : values.map { $0.arrayValue ?? [$0] }
        let tokenizer = try tokenizer(fields)
        let skips = try fields.bool("skip_special_tokens", default: true)
        var texts: [JSON] = []
        for list in lists {
            var ids: [Int32] = []
            for value in list {
                guard let id = value.integerValue, (0..<tokenizer.idBound).contains(id) else {
                    throw APIError(
                        .validation,
                        "\"ids\" must have whole numbers from 0 to \(tokenizer.idBound - 1), found \(value.text.prefix(40))",
                        parameter: "ids")
                }
                ids.append(Int32(id))
            }
            texts.append(.string(tokenizer.decode(ids, skipSpecialTokens: skips)))
        }
        return .json(.array(texts))
    }
}
