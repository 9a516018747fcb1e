import Hummingbird
import NIOCore
import NIOPosix
import SecureBERT
import SecureBERTTensor
import SecureBERTTokenizers

/// What the routes share: the models, the threads that compute, the limits.
struct Service: Sendable {
    let settings: ServerSettings
    let catalog: ModelCatalog
    let analysis: AnalysisService?
    let scan: ScanService?
    let search: SearchService?
    let scheduler: Scheduler
    let jobs: JobQueue
    /// Documents that other programs read: one that takes long holds up documents, and nothing that computes.
    let documents: JobQueue
    /// Tokenize, and make results of rows.
    let readers: NIOThreadPool
    let metrics: ServerMetrics
    let connections: Connections

    // MARK: - Models

    /// Answers inputs with a model: tokenized on a reader's thread, computed together with those of other requests.
    func run<Task: WindowedTask>(
        _ model: ServedModel, _ lane: Lane<Task>, _ inputs: [Task.Input], _ context: APIContext
    ) async throws -> [Task.Output] {
        guard inputs.count <= settings.maximumInputs else {
            throw APIError(
                .tooLarge,
                "\(inputs.count) inputs in one request, at most \(settings.maximumInputs) are taken; split them")
        }
        do {
            var timing = RequestTiming()
            let start = ContinuousClock.now
            let readings = try await reading { try inputs.map(lane.task.read) }
            timing.tokenize = ContinuousClock.now - start
            let windows = readings.flatMap(\.windows)
            timing.tokens = windows.reduce(0) { $0 + $1.encoding.count }
            let computed = try await scheduler.compute(windows, in: lane)
            timing.add(computed.timing)
            context.record.add(timing)
            return try await reading { try lane.task.finish(readings, computed.rows) }
        } catch {
            throw Self.apiError(error, path: model.model.path, name: model.id)
        }
    }

    /// Runs a body on a reader's thread.
    func reading<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        return try await readers.runIfActive(body)
    }

    /// An error of the libraries as an answer; what is the server's fault stays as it is.
    static func apiError(_ error: any Error, path: String = "", name: String = "") -> any Error {
        /// Where models are is none of the clients' business.
        func sentence(_ text: String) -> String { path.isEmpty ? text : text.replacing(path, with: name) }
        return switch error {
        case let error as TaskError: APIError(.validation, sentence(error.description))
        case let error as TokenizerError: APIError(.tokenizer, sentence(error.description))
        case let error as TensorError where error.code == .indexOutOfRange:
            APIError(.validation, sentence(error.description))
        default: error
        }
    }

    /// Runs a job, with its time noted.
    /// - Parameter queue: Nil for that of jobs that compute.
    func job<Value: Sendable>(
        cost: Int, in queue: JobQueue? = nil, _ context: APIContext,
        _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Value
    ) async throws -> Value {
        do {
            let (value, timing) = try await (queue ?? jobs).run(cost: cost, body)
            context.record.add(RequestTiming(queue: timing.queue, compute: timing.compute))
            return value
        } catch {
            throw Self.apiError(error)
        }
    }

    /// How much reading one document may take.
    func documentLimits(_ isCancelled: @escaping @Sendable () -> Bool) -> DocumentLimits {
        DocumentLimits(
            seconds: settings.documentSeconds, textBytes: settings.maximumUploadBytes, isCancelled: isCancelled)
    }

    // MARK: - Requests

    /// Reads the body of a request.
    /// - Throws: ``APIError`` when it is larger than is taken.
    func body(_ request: Request, _ context: APIContext, limit: Int? = nil) async throws -> [UInt8] {
        let limit = limit ?? settings.maximumBodyBytes
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Self.tooLarge(limit)
        }
        do {
            let buffer = try await request.body.collect(upTo: limit)
            context.record.setBody(bytes: buffer.readableBytes)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        }
    }

    private static func tooLarge(_ limit: Int) -> APIError {
        APIError(.tooLarge, "the body is larger than the \(limit) bytes that are taken; split it")
    }

    /// The JSON object of a request.
    func fields(_ request: Request, _ context: APIContext) async throws -> RequestFields {
        if let type = request.headers[.contentType] {
            let name = type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
            guard name == "application/json" || name.hasSuffix("+json") else {
                throw APIError(
                    .unsupportedMediaType, "the content type is \(name.prefix(60)), expected application/json")
            }
        }
        let bytes = try await body(request, context)
        return try await reading { try RequestFields(body: bytes) }
    }
}
