import SecureBERT
import SecureBERTCheckpoint

/// A model and the lane in which requests for its task wait.
struct ServedModel: Sendable {
    enum Task: Sendable {
        case embed(Lane<SentenceEncoder>)
        case rerank(Lane<CrossEncoder>)
        case classify(Lane<TextClassifier>)
        case ner(Lane<EntityRecognizer>)
        case fillMask(Lane<FillMask>)

        /// As the Hugging Face hub calls it.
        var name: String {
            switch self {
            case .embed: "feature-extraction"
            case .rerank: "text-ranking"
            case .classify: "text-classification"
            case .ner: "token-classification"
            case .fillMask: "fill-mask"
            }
        }
    }

    /// What clients call it.
    let id: String
    let model: PretrainedModel
    let task: Task
    /// Of a classifier that was calibrated.
    let calibration: ClassifierCalibration?
}

/// The models of a server.
struct ModelCatalog: Sendable {
    let models: [ServedModel]

    /// - Parameter named: What the models are called; the first of a task answers requests that name none.
    /// - Throws: `TaskError` for a model of no task that can be served; what making the task throws.
    init(_ named: [(id: String, model: PretrainedModel)], _ scheduler: Scheduler) throws {
        models = try named.map { id, model in
            var calibration: ClassifierCalibration?
            let task: ServedModel.Task
            switch model.transformer.head {
            case .maskedLanguageModel: task = .fillMask(scheduler.lane(try FillMask(model), name: id))
            case .tokenClassification: task = .ner(scheduler.lane(try EntityRecognizer(model), name: id))
            case .sequenceClassification where model.folder.configuration.shared.labels.count == 1:
                task = .rerank(scheduler.lane(try CrossEncoder(model), name: id))
            case .sequenceClassification:
                let classifier = try TextClassifier(model)
                calibration = try classifier.calibration()
                task = .classify(scheduler.lane(classifier, name: id))
            case .questionAnswering:
                throw TaskError(
                    .unsuitableModel,
                    "\(model.path): is a model for question answering, which the server has no route for; use securebert answer"
                )
            case .none: task = .embed(scheduler.lane(try SentenceEncoder(model), name: id))
            }
            return ServedModel(id: id, model: model, task: task, calibration: calibration)
        }
    }

    /// The model of that name.
    /// - Throws: ``APIError`` when there is none.
    func model(_ id: String) throws(APIError) -> ServedModel {
        guard let model = models.first(where: { $0.id == id }) else { throw unknown(id) }
        return model
    }

    func embed(_ id: String?) throws(APIError) -> (ServedModel, Lane<SentenceEncoder>) {
        try find(id, "embeds texts") { if case .embed(let lane) = $0 { lane } else { nil } }
    }

    func rerank(_ id: String?) throws(APIError) -> (ServedModel, Lane<CrossEncoder>) {
        try find(id, "ranks texts (a cross-encoder)") { if case .rerank(let lane) = $0 { lane } else { nil } }
    }

    func classify(_ id: String?) throws(APIError) -> (ServedModel, Lane<TextClassifier>) {
        try find(id, "classifies texts") { if case .classify(let lane) = $0 { lane } else { nil } }
    }

    func ner(_ id: String?) throws(APIError) -> (ServedModel, Lane<EntityRecognizer>) {
        try find(id, "finds entities") { if case .ner(let lane) = $0 { lane } else { nil } }
    }

    func fillMask(_ id: String?) throws(APIError) -> (ServedModel, Lane<FillMask>) {
        try find(id, "fills masks") { if case .fillMask(let lane) = $0 { lane } else { nil } }
    }

    private func find<Task>(
        _ id: String?, _ ability: String, _ lane: (ServedModel.Task) -> Lane<Task>?
    ) throws(APIError) -> (ServedModel, Lane<Task>) {
        if let id {
            let model = try model(id)
            guard let lane = lane(model.task) else {
                throw APIError(
                    .validation, "the model \"\(id)\" is for \(model.task.name), this route needs one that \(ability)",
                    parameter: "model")
            }
            return (model, lane)
        }
        for model in models {
            if let lane = lane(model.task) { return (model, lane) }
        }
        throw APIError(
            .notFound, "this server has no model that \(ability); securebert serve --model DIR adds one",
            parameter: "model")
    }

    private func unknown(_ id: String) -> APIError {
        APIError(
            .notFound,
            "there is no model \"\(id.prefix(80))\"; there are \(models.map { "\"\($0.id)\"" }.joined(separator: ", "))",
            parameter: "model")
    }
}
