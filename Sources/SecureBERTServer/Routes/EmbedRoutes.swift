import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `/embed` of text-embeddings-inference and `/v1/embeddings` of OpenAI.
struct EmbedRoutes: Sendable {
    let service: Service

    /// `{"inputs", "normalize"?, "truncate"?, "prompt_name"?, "dimensions"?, "model"?}` to `[[...]]`.
    func embed(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let inputs = try fields.textsOrIDs("inputs")
        guard !inputs.isEmpty else { throw APIError(.empty, "\"inputs\" is empty", parameter: "inputs") }
        var options = SentenceEncoder.Options()
        options.normalize = try fields.bool("normalize", default: true)
        options.truncate = try fields.bool("truncate", default: false)
        options.prompt = try fields.optionalString("prompt_name").map { .named($0) } ?? .standard
        options.dimensions = try fields.integer("dimensions", in: 1...1_000_000)
        let (model, lane) = try service.catalog.embed(try fields.optionalString("model"))
        let embeddings = try await service.run(
            model, lane, inputs.map { [options] in .init($0, options: options) }, context)
        var out = [UInt8(ascii: "[")]
        for (index, embedding) in embeddings.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            FloatJSON.append(embedding.vector, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        return .bytes(out, type: "application/json")
    }

    private enum EncodingFormat: String, CaseIterable {
        case float, base64
    }

    /// `{"model", "input", "encoding_format"?, "dimensions"?}` to `{"object": "list", "data": [...], "model", "usage"}`.
    func openAI(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        if let first = fields.value("input")?.arrayValue?.first, first.stringValue == nil {
            throw APIError(
                .validation, "\"input\" has token ids, whose vocabulary is not this model's; send text",
                parameter: "input")
        }
        let texts = try fields.strings("input")
        guard !texts.isEmpty else { throw APIError(.empty, "\"input\" is empty", parameter: "input") }
        var options = SentenceEncoder.Options()
        options.normalize = true
        options.dimensions = try fields.integer("dimensions", in: 1...1_000_000)
        // Means nothing here; a client that sends something else has mixed up its fields.
        _ = try fields.optionalString("user")
        let format = try fields.choice("encoding_format", EncodingFormat.self) ?? .float
        let (model, lane) = try service.catalog.embed(try fields.optionalString("model"))
        let embeddings = try await service.run(
            model, lane, texts.map { [options] in .init($0, options: options) }, context)
        var out = Array(#"{"object":"list","data":["#.utf8)
        for (index, embedding) in embeddings.enumerated() {
            out.append(contentsOf: "\(index == 0 ? "" : ",")".utf8)
            out.append(contentsOf: #"{"object":"embedding","index":\#(index),"embedding":"#.utf8)
            switch format {
            case .float: FloatJSON.append(embedding.vector, to: &out)
            case .base64: JSON.string(Base64.littleEndian(embedding.vector)).write(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: #"],"model":"#.utf8)
        JSON.string(model.id).write(into: &out)
        let tokens = embeddings.reduce(0) { $0 + $1.usage.tokens }
        out.append(contentsOf: #","usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#.utf8)
        return .bytes(out, type: "application/json")
    }

    /// `{"inputs": {"source_sentence", "sentences"}}` to `[0.5, ...]`.
    func similarity(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let inputs = try fields.fields("inputs")
        let texts = try [inputs.string("source_sentence")] + inputs.strings("sentences")
        guard texts.count > 1 else {
            throw APIError(.empty, "\"inputs.sentences\" is empty", parameter: "inputs.sentences")
        }
        var options = SentenceEncoder.Options()
        let parameters = try fields.fields("parameters")
        options.truncate = try parameters.bool("truncate", default: false)
        options.prompt = try parameters.optionalString("prompt_name").map { .named($0) } ?? .standard
        let (model, lane) = try service.catalog.embed(try fields.optionalString("model"))
        let vectors = try await service.run(
            model, lane, texts.map { [options] in .init($0, options: options) }, context
        ).map(\.vector)
        var out: [UInt8] = []
        FloatJSON.append(vectors.dropFirst().map { Similarity(vectors[0], $0).value }, to: &out)
        return .bytes(out, type: "application/json")
    }
}

extension RequestFields {
    /// A text, the ids of its tokens, or an array of either.
    fileprivate func textsOrIDs(_ name: String) throws(APIError) -> [SentenceEncoder.Input.Content] {
        guard let values = value(name)?.arrayValue, values.contains(where: { $0.stringValue == nil }) else {
            return try strings(name).map { .text($0) }
        }
        if values.first?.doubleValue != nil { return [.ids(try Self.ids(values, name))] }
        var inputs: [SentenceEncoder.Input.Content] = []
        for (index, value) in values.enumerated() {
            let place = "\(name)[\(index)]"
            if let text = value.stringValue {
                inputs.append(.text(text))
            } else if let values = value.arrayValue {
                guard !values.isEmpty else { throw APIError(.empty, "\"\(place)\" is empty", parameter: name) }
                inputs.append(.ids(try Self.ids(values, place)))
            } else {
                throw APIError(
                    .validation, "\"\(place)\" must be a string or an array of token ids, found \(value.kind)",
                    parameter: name)
            }
        }
        return inputs
    }

    /// Whether the vocabulary has them is for the tokenizer to say.
    private static func ids(_ values: [JSON], _ place: String) throws(APIError) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let id = value.integerValue.flatMap(Int32.init(exactly:)), id >= 0 else {
                throw APIError(
                    .validation,
                    "\"\(place)[\(index)]\" must be a token's id, a whole number from 0, found \(value.text.prefix(40))",
                    parameter: place)
            }
            ids.append(id)
        }
        return ids
    }
}
