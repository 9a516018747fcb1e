import Hummingbird
import SecureBERT
import SecureBERTJSON

/// What the server is and how it is: `/health`, `/ready`, `/info`, `/metrics`, `/v1/models`.
struct StatusRoutes: Sendable {
    let service: Service
    let isDraining: @Sendable () -> Bool

    /// Alive: the program answers.
    func health() -> Response { .json(["status": "ok"]) }

    /// Ready for more: false while the program stops.
    func ready() throws(APIError) -> Response {
        guard !isDraining() else { throw APIError(.unhealthy, "the server is stopping") }
        return .json(["status": "ready"])
    }

    /// The fields of text-embeddings-inference for the first model, and all models.
    func info() -> Response {
        let settings = service.settings
        let first = service.catalog.models.first
        return .json([
            "model_id": first.map { .string($0.id) } ?? .null, "model_sha": .null, "model_dtype": "float32",
            "model_type": first.map(Self.type) ?? .null,
            "max_concurrent_requests": .integer(settings.maximumConcurrentRequests),
            "max_input_length": first.map { .integer($0.model.maximumTokens) } ?? .null,
            "max_batch_tokens": .integer(settings.maximumBatchTokens), "max_batch_requests": .null,
            "max_client_batch_size": .integer(settings.maximumInputs), "auto_truncate": false,
            "version": .string(settings.version),
            "models": .array(service.catalog.models.map(Self.json)),
            "analyze": .bool(service.analysis != nil), "scan": .bool(service.scan != nil),
            "index": service.search?.json ?? .null,
        ])
    }

    private static func type(_ model: ServedModel) -> JSON {
        switch model.task {
        case .embed: ["embedding": ["pooling": "mean"]]
        case .rerank: ["reranker": ["id2label": [:], "label2id": [:]]]
        case .classify, .ner, .fillMask: ["classifier": ["id2label": labels(model)]]
        }
    }

    private static func labels(_ model: ServedModel) -> JSON {
        let labels = model.model.folder.configuration.shared.labels
        return .object(.init(labels.enumerated().map { (String($0), .string($1)) }))
    }

    private static func json(_ model: ServedModel) -> JSON {
        let shared = model.model.folder.configuration.shared
        return [
            "id": .string(model.id), "task": .string(model.task.name),
            "max_input_length": .integer(model.model.maximumTokens), "hidden_size": .integer(shared.hiddenSize),
            "layers": .integer(shared.layerCount), "vocabulary_size": .integer(shared.vocabularySize),
            "labels": hasLabels(model) ? .array(shared.labels.map(JSON.string)) : .null,
            "license": model.model.folder.card?.license.map(JSON.string) ?? .null,
        ]
    }

    private static func hasLabels(_ model: ServedModel) -> Bool {
        switch model.task {
        case .classify, .ner: true
        case .embed, .rerank, .fillMask: false
        }
    }

    /// OpenAI's list.
    func models() -> Response {
        .json(["object": "list", "data": .array(service.catalog.models.map(Self.openAI))])
    }

    func model(_ id: String) throws(APIError) -> Response { .json(Self.openAI(try service.catalog.model(id))) }

    private static func openAI(_ model: ServedModel) -> JSON {
        [
            "id": .string(model.id), "object": "model", "created": 0, "owned_by": "securebert",
            "task": .string(model.task.name),
        ]
    }

    func metrics() -> Response {
        .text(
            service.metrics.text(
                queueSize: service.scheduler.pendingRequests + service.jobs.pendingJobs
                    + service.documents.pendingJobs,
                waitingSeconds: service.scheduler.waitingSeconds, connections: service.connections.count),
            type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
