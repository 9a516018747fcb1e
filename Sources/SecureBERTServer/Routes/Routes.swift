import HTTPTypes
import Hummingbird

/// Every route of the server, in one place.
struct Routes {
    let service: Service
    let isDraining: @Sendable () -> Bool
    let observer: RequestObserver

    private typealias JSONHandler = @Sendable (RequestFields, APIContext) async throws -> Response

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: observer)
        if !service.settings.corsOrigins.isEmpty {
            router.add(middleware: CrossOrigin(origins: service.settings.corsOrigins))
        }
        addOpen(to: router)
        let limited = router.group().add(
            middleware: ConcurrencyLimit(service.settings.maximumConcurrentRequests))
        if let keys = service.settings.keys { limited.add(middleware: Authentication(keys: keys)) }
        addModels(to: limited)
        addAnalysis(to: limited)
        return router
    }

    /// Without a key: nothing of what clients send.
    private func addOpen(to router: Router<APIContext>) {
        let status = StatusRoutes(service: service, isDraining: isDraining)
        for path in ["/health", "/ping"] { get(router, path) { _ in status.health() } }
        get(router, "/ready") { _ in try status.ready() }
        get(router, "/metrics") { _ in status.metrics() }
        for file in StaticFiles.all { get(router, file.path) { file.response($0) } }
    }

    private func addModels(to router: RouterGroup<APIContext>) {
        let (embed, rerank, predict, tokens, entities, hub) = (
            EmbedRoutes(service: service), RerankRoutes(service: service), PredictRoutes(service: service),
            TokenRoutes(service: service), EntityRoutes(service: service), HubRoutes(service: service)
        )
        let status = StatusRoutes(service: service, isDraining: isDraining)
        observer.methods.add("/info", .get)
        // An index is asked how much it has, which may take a while.
        router.get("/info") { _, _ in try await service.reading { status.info() } }
        post(router, "/embed", embed.embed)
        post(router, "/similarity", embed.similarity)
        for path in ["/v1/embeddings", "/embeddings"] { post(router, path, embed.openAI) }
        post(router, "/rerank", rerank.rerank)
        for path in ["/v1/rerank", "/v2/rerank"] { post(router, path, rerank.cohere) }
        post(router, "/predict", predict.predict)
        post(router, "/tokenize", tokens.tokenize)
        post(router, "/decode", tokens.decode)
        post(router, "/v1/ner", entities.ner)
        post(router, "/v1/fill-mask", entities.fillMask)
        get(router, "/v1/models") { _ in status.models() }
        let id = { @Sendable (request: Request, prefix: String) in
            Self.decoded(request.uri.path.dropFirst(prefix.count))
        }
        get(router, "/v1/models/**") { try status.model(id($0, "/v1/models/")) }
        observer.methods.add("/models/**", .post)
        router.post("/models/**") { request, context in
            try await whileConnected(context) {
                try await hub.infer(id(request, "/models/"), service.fields(request, context), context)
            }
        }
    }

    private func addAnalysis(to router: RouterGroup<APIContext>) {
        let analyze = AnalyzeRoutes(service: service)
        post(router, "/v1/analyze", analyze.analyze)
        post(router, "/v1/scan", ScanRoutes(service: service).scan)
        post(router, "/v1/search", SearchRoutes(service: service).search)
        for (path, handler) in [("/v1/text", analyze.text), ("/stix", analyze.stix)] {
            observer.methods.add(path, .post)
            router.post(RouterPath(path)) { request, context in
                try await whileConnected(context) { try await handler(request, context) }
            }
        }
    }

    /// A part of a path without its percent encoding (RFC 3986, 2.1); what is none stays.
    private static func decoded(_ text: Substring) -> String {
        var (bytes, rest): ([UInt8], Substring.UTF8View) = ([], text.utf8)
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(UInt8(digits[0] * 16 + digits[1]))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - Adding

    private func get(
        _ router: some RouterMethods<APIContext>, _ path: String,
        _ handler: @escaping @Sendable (Request) throws -> Response
    ) {
        observer.methods.add(path, .get)
        router.get(RouterPath(path)) { request, _ in try handler(request) }
    }

    private func post(_ router: some RouterMethods<APIContext>, _ path: String, _ handler: @escaping JSONHandler) {
        observer.methods.add(path, .post)
        router.post(RouterPath(path)) { request, context in
            try await whileConnected(context) { try await handler(service.fields(request, context), context) }
        }
    }

    /// Cancels the work when the client leaves.
    private func whileConnected(
        _ context: APIContext, _ body: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        guard let watch = service.connections[context.channel] else { return try await body() }
        return try await watch.whileConnected(body)
    }
}
