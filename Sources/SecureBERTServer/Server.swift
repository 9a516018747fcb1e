import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import SecureBERT
import ServiceLifecycle
import Synchronization

/// The server: `securebert serve`.
package struct Server: Sendable {
    /// What is served.
    package struct Content: Sendable {
        /// What the models are called; the first of each task answers requests that name none.
        package var models: [(id: String, model: PretrainedModel)]
        package var analysis: AnalysisService?
        package var scan: ScanService?
        package var search: SearchService?

        package init(
            models: [(id: String, model: PretrainedModel)], analysis: AnalysisService? = nil, scan: ScanService? = nil,
            search: SearchService? = nil
        ) {
            (self.models, self.analysis, self.scan, self.search) = (models, analysis, scan, search)
        }
    }

    /// A server that cannot start, as one sentence.
    package struct StartError: Error, CustomStringConvertible {
        package let description: String
    }

    private let service: Service
    private let logger: Logger
    private let draining = Flag()

    /// - Throws: `TaskError` for a model that cannot be served.
    package init(_ settings: ServerSettings, _ content: Content, logger: Logger) throws {
        let metrics = ServerMetrics()
        let scheduler = Scheduler(
            .init(batchTokens: settings.maximumBatchTokens, queueSeconds: settings.maximumQueueSeconds),
            report: metrics.batch)
        // Reading is quick; a second thread lets short texts pass a long one.
        let readers = NIOThreadPool(numberOfThreads: 2)
        readers.start()
        service = Service(
            settings: settings, catalog: try ModelCatalog(content.models, scheduler), analysis: content.analysis,
            scan: content.scan, search: content.search, scheduler: scheduler,
            jobs: JobQueue(queueSeconds: settings.maximumQueueSeconds),
            documents: JobQueue(queueSeconds: settings.maximumQueueSeconds), readers: readers, metrics: metrics,
            connections: Connections())
        self.logger = logger
    }

    /// The routes' paths, `**` for any rest.
    package var paths: [String] {
        let observer = observer()
        _ = router(observer)
        return observer.methods.paths
    }

    private func observer() -> RequestObserver {
        RequestObserver(
            metrics: service.metrics, logger: logger, isDraining: { [draining] in draining.isSet },
            methods: RouteMethods())
    }

    private func router(_ observer: RequestObserver) -> Router<APIContext> {
        Routes(service: service, isDraining: { [draining] in draining.isSet }, observer: observer).router()
    }

    /// Answers requests until it is asked to stop.
    /// - Parameters:
    ///   - stop: Yields when the server is to stop; what was taken is answered first.
    ///   - onReady: Told the port when the server listens.
    /// - Throws: ``StartError`` when the address or the certificate cannot be used.
    package func run(stop: AsyncStream<Void>, onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let settings = service.settings
        let (isReady, listener) = (Flag(), Listener())
        let application = Application(
            router: router(observer()), server: try builder(),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "securebert", backlog: 1024),
            onServerRunning: { channel in
                listener.set(channel)
                isReady.set()
                onReady(channel.localAddress?.port ?? settings.port)
            },
            logger: quietLogger)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: application)], logger: quietLogger))
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    for await _ in stop {
                        await drain(listener, group)
                        break
                    }
                    try await Task.sleep(for: .seconds(settings.drainSeconds))
                }
                try await tasks.next()
                tasks.cancelAll()
            }
        } catch let error as IOError where !isReady.isSet {
            throw StartError(description: "\(settings.host) port \(settings.port): cannot be listened on: \(error)")
        }
        try await service.scheduler.shutDown()
        try await service.documents.shutDown()
        try await service.jobs.shutDown()
        try await service.readers.shutdownGracefully()
        await JSONLogHandler.flush()
    }

    /// Tells clients to go elsewhere while still answering them, then stops to listen and answers what was taken.
    private func drain(_ listener: Listener, _ group: ServiceGroup) async {
        logger.info("stopping", metadata: ["connections": "\(service.connections.count)"])
        draining.set()
        try? await Task.sleep(for: .seconds(service.settings.drainDelaySeconds))
        await listener.stopAccepting()
        await group.triggerGracefulShutdown()
    }

    private func builder() throws -> HTTPServerBuilder {
        let settings = service.settings
        let timeouts = ConnectionGuard.Timeouts(
            header: .seconds(Int64(settings.headerSeconds)), body: .seconds(Int64(settings.bodySeconds)))
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(timeouts, service.connections)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)))
        guard let files = settings.tls else { return plain }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw StartError(
                description:
                    "\(files.certificate), \(files.key): cannot be used for TLS: \(error); expected a certificate chain and its private key as PEM"
            )
        }
    }

    /// The framework's own messages are for whoever works on it.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = .error
        return logger
    }
}

/// The socket that listens.
private final class Listener: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    func set(_ new: any Channel) { channel.withLock { $0 = new } }

    /// Takes no more connections, and waits until those just taken have their handlers: the framework ends the program when one arrives
    /// while it shuts down (a precondition of NIO's asynchronous channels).
    func stopAccepting() async {
        guard let channel = channel.withLock({ $0 }) else { return }
        try? await channel.setOption(ChannelOptions.autoRead, value: false).get()
        try? await Task.sleep(for: .milliseconds(200))
    }
}

/// Something that becomes true once.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
