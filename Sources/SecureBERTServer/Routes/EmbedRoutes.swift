import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `/embed` of text-embeddings-inference and `/v1/embeddings` of OpenAI.
struct EmbedRoutes: Sendable {
    let service: Service

    /// `{"inputs", "normalize"?, "truncate"?, "prompt_name"?, "dimensions"?, "model"?}` to `[[...]]`.
    func embed(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let texts = try fields.strings("inputs")
        guard !texts.isEmpty else { throw APIError(.empty, "\"inputs\" is empty", parameter: "inputs") }
        var options = SentenceEncoder.Options()
        options.normalize = try fields.bool("normalize", default: true)
        options.truncate = try fields.bool("truncate", default: false)
        options.prompt = try fields.optionalString("prompt_name").map { .named($0) } ?? .standard
        options.dimensions = try fields.integer("dimensions", in: 1...1_000_000)
        let (model, lane) = try service.catalog.embed(try fields.optionalString("model"))
        let embeddings = try await service.run(
            model, lane, texts.map { [options] in .init($0, options: options) }, context)
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
