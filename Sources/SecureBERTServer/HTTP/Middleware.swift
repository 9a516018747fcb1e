import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SecureBERTJSON

extension HTTPField.Name {
    // The names are valid, which the compiler cannot know.
    static let requestID = make("x-request-id")
    static let apiKey = make("x-api-key")
    static let openCTICertificate = make("x-opencti-certificate")
    static let contentTypeOptions = make("x-content-type-options")

    static func make(_ name: String) -> Self { Self(name) ?? .server }
}

/// The outermost: gives the request an id, makes every error a response, logs one line, counts.
struct RequestObserver: RouterMiddleware {
    let metrics: ServerMetrics
    let logger: Logger
    let isDraining: @Sendable () -> Bool
    /// The methods of each path, for 405.
    let methods: RouteMethods

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.id(request.headers[.requestID])
        let style = APIError.Style(path: request.uri.path)
        var response: Response
        var left = false
        do {
            response = try await next(request, context)
        } catch is CancellationError {
            // Nobody reads this; 499 is what nginx calls it.
            left = true
            metrics.cancelled()
            response = Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
        } catch {
            let error = apiError(error, request)
            if error.kind == .backend {
                logger.error("unexpected error", metadata: ["request_id": "\(context.requestID)", "error": "\(error)"])
            }
            response = .json(error.json(style), status: error.kind.status, headers: error.headers)
        }
        let elapsed = ContinuousClock.now - start
        response.headers[.requestID] = context.requestID
        response.headers[.contentTypeOptions] = "nosniff"
        if isDraining() { response.headers[.connection] = "close" }
        if let timing = context.record.timing {
            metrics.timing(timing)
            timing.write(to: &response.headers, total: elapsed)
        }
        let route = context.endpointPath ?? "unknown"
        metrics.request(route: route, status: response.status.code, seconds: elapsed.seconds)
        log(request, response, context, route, elapsed, left: left)
        return response
    }

    /// The client's id when it is short and harmless in a log, otherwise a random one.
    private static func id(_ given: String?) -> String {
        if let given, (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                    || $0 == 0x5F || $0 == 0x2E
            })
        {
            return given
        }
        return String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    private func apiError(_ error: any Error, _ request: Request) -> APIError {
        switch error {
        case let error as APIError: return error
        case is NIOTooManyBytesError: return APIError(.tooLarge, "the body is larger than this server takes")
        case let error as HTTPError where error.status == .notFound:
            let allowed = methods.of(path: request.uri.path)
            guard !allowed.isEmpty else {
                return APIError(.notFound, "there is no such path; GET /openapi.json has those there are")
            }
            var error = APIError(
                .methodNotAllowed,
                "the method \(request.method.rawValue) is not for this path; \(allowed.joined(separator: ", ")) is")
            error.headers[.allow] = allowed.joined(separator: ", ")
            return error
        case let error as HTTPError where error.status == .badRequest:
            return APIError(.malformed, error.body ?? "the request cannot be read")
        default: return APIError(.backend, "unexpected error: \(error)")
        }
    }

    /// No text, no address, no query: what is needed to operate, and nothing of what was asked.
    private func log(
        _ request: Request, _ response: Response, _ context: APIContext, _ route: String, _ elapsed: Duration,
        left: Bool
    ) {
        var metadata: Logger.Metadata = [
            "request_id": "\(context.requestID)", "method": "\(request.method.rawValue)", "route": "\(route)",
            "status": "\(response.status.code)", "seconds": "\(elapsed.seconds)",
            "request_bytes": "\(context.record.bodyBytes)", "response_bytes": "\(response.body.contentLength ?? 0)",
        ]
        if let name = context.record.keyName { metadata["key"] = "\(name)" }
        if let timing = context.record.timing {
            metadata["tokens"] = "\(timing.tokens)"
            metadata["tokenize_seconds"] = "\(timing.tokenize.seconds)"
            metadata["queue_seconds"] = "\(timing.queue.seconds)"
            metadata["compute_seconds"] = "\(timing.compute.seconds)"
        }
        if left { metadata["client"] = "left" }
        logger.info("request", metadata: metadata)
    }
}

extension RequestTiming {
    /// The headers of text-embeddings-inference; milliseconds.
    func write(to headers: inout HTTPFields, total: Duration) {
        func milliseconds(_ duration: Duration) -> String { String(Int((duration.seconds * 1000).rounded())) }
        headers[.make("x-compute-type")] = "cpu"
        headers[.make("x-compute-tokens")] = String(tokens)
        headers[.make("x-total-time")] = milliseconds(total)
        headers[.make("x-tokenization-time")] = milliseconds(tokenize)
        headers[.make("x-queue-time")] = milliseconds(queue)
        headers[.make("x-inference-time")] = milliseconds(compute)
    }
}

/// Asks for a key, where keys are asked for, and holds its limits.
struct Authentication: RouterMiddleware {
    let keys: APIKeys

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let shown = Self.key(request)
        guard let key = shown.flatMap(keys.key) else {
            var error = APIError(
                .unauthorized,
                "an API key is needed, as \"Authorization: Bearer KEY\"; \(shown == nil ? "none was sent" : "the one that was sent is not known")"
            )
            error.headers[.wwwAuthenticate] = "Bearer realm=\"securebert\""
            throw error
        }
        context.record.setKey(key.name)
        try key.limiter.begin()
        defer { key.limiter.end() }
        return try await next(request, context)
    }

    private static func key(_ request: Request) -> String? {
        if let value = request.headers[.authorization] {
            let parts = value.split(separator: " ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1]) }
        }
        return request.headers[.apiKey] ?? connectorKey(request)
    }

    /// OpenCTI's import-document-ai has no other header for what its settings call `api_key`; it sends the text in base64, with the end of
    /// the line where it was written in YAML.
    private static func connectorKey(_ request: Request) -> String? {
        guard request.uri.path == "/stix", let value = request.headers[.openCTICertificate] else { return nil }
        return Base64.text(value)?.split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
    }
}

/// Lets pages of other origins use the server, where the operator has named them.
struct CrossOrigin: RouterMiddleware {
    let origins: Set<String>

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.contains(origin) else {
            return try await next(request, context)
        }
        var response: Response
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response = Response(status: .noContent)
            response.headers[.accessControlAllowMethods] = "GET, POST"
            response.headers[.accessControlAllowHeaders] = "authorization, content-type, x-api-key, x-request-id"
            response.headers[.accessControlMaxAge] = "600"
        } else {
            response = try await next(request, context)
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        return response
    }
}

/// Refuses requests beyond a number at once, before their bodies are read.
struct ConcurrencyLimit: RouterMiddleware {
    let limit: Int
    private let running = Counter()

    init(_ limit: Int) { self.limit = limit }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let number = running.increment()
        defer { running.decrement() }
        guard number <= limit else {
            throw APIError.overloaded(
                afterSeconds: 1, "the server answers \(limit) requests at once; try again later")
        }
        return try await next(request, context)
    }
}
