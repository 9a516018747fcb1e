import Hummingbird
import SecureBERT
import SecureBERTJSON

/// `/predict` of text-embeddings-inference: classes of texts and of pairs.
struct PredictRoutes: Sendable {
    let service: Service

    /// `{"inputs", "raw_scores"?, "truncate"?, "top_k"?, "calibrated"?, "model"?}`; a text or a pair gives `[{"label", "score"}]`, best first,
    /// several give an array of such arrays.
    func predict(_ fields: RequestFields, _ context: APIContext) async throws -> Response {
        let (inputs, isBatch) = try inputs(fields)
        guard !inputs.isEmpty else { throw APIError(.empty, "\"inputs\" is empty", parameter: "inputs") }
        let raw = try fields.bool("raw_scores", default: false)
        let truncate = try fields.bool("truncate", default: false)
        let topK = try fields.integer("top_k", in: 1...100_000)
        let (model, lane) = try service.catalog.classify(try fields.optionalString("model"))
        let calibration = try fields.bool("calibrated", default: false) ? model.calibration : nil
        let results = try await service.run(
            model, lane,
            inputs.map { .init($0, mode: lane.task.defaultMode, calibration: calibration, truncate: truncate) }, context
        )
        let json = results.map { Self.json($0, raw: raw, topK: topK) }
        return .json(isBatch ? .array(json) : json[0])
    }

    static func json(_ result: TextClassifier.Result, raw: Bool, topK: Int?) -> JSON {
        .array(
            result.labels.prefix(topK ?? result.labels.count).map {
                ["label": .string($0.name), "score": JSON(raw ? $0.logit.value : $0.score.value)]
            })
    }

    /// "a", ["a"] is one text; ["a", "b"] a pair in text-embeddings-inference; [["a"], ["b", "c"]] a text and a pair.
    private func inputs(_ fields: RequestFields) throws(APIError) -> (inputs: [TextInput], isBatch: Bool) {
        guard let value = fields.value("inputs"), let elements = value.arrayValue,
            elements.contains(where: { $0.arrayValue != nil })
        else {
            let texts = try fields.strings("inputs")
            guard texts.count <= 2 else {
                throw APIError(
                    .validation,
                    "\"inputs\" with \(texts.count) strings is neither a text nor a pair; several texts are [[\"...\"], [\"...\"]]",
                    parameter: "inputs")
            }
            return (texts.first.map { [TextInput($0, pair: texts.count > 1 ? texts[1] : nil)] } ?? [], false)
        }
        var inputs: [TextInput] = []
        for (index, element) in elements.enumerated() {
            let texts = element.arrayValue?.compactMap(\.stringValue) ?? [element.stringValue].compactMap(\.self)
            guard (1...2).contains(texts.count), texts.count == element.arrayValue?.count ?? 1 else {
                throw APIError(
                    .validation, "\"inputs[\(index)]\" must be an array of one or two strings", parameter: "inputs")
            }
            inputs.append(TextInput(texts[0], pair: texts.count > 1 ? texts[1] : nil))
        }
        return (inputs, true)
    }
}
