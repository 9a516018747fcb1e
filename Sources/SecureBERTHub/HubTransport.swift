import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A failure that may pass when the request is made again.
struct TransientFailure: Error {
    /// What happened, as a clause: "the connection was cut".
    let problem: String
    /// How long the server asked to wait.
    var retryAfter: Duration?
}

/// An answer after redirections.
struct HubResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: HTTPClientResponse.Body
    /// The headers of the hub's own answers on the way: only they are believed about digests and commits.
    let hubHeaders: HTTPHeaders
    /// Whether the last answer came from the hub itself and not from a content server.
    let isFromHub: Bool
}

/// Requests to the hub: follows redirections, sends the token to the hub and nowhere else, sorts failures.
struct HubTransport: Sendable {
    let configuration: HubConfiguration
    let endpoint: HubEndpoint
    private let direct: HTTPClient
    private let proxied: HTTPClient?

    init(_ configuration: HubConfiguration) throws(HubError) {
        self.configuration = configuration
        endpoint = try HubEndpoint(configuration.endpoint)
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.decompression = .disabled
        settings.timeout = .init(
            connect: TimeAmount(configuration.connectTimeout), read: TimeAmount(configuration.readTimeout),
            write: TimeAmount(configuration.readTimeout))
        settings.connectionPool.retryConnectionEstablishment = false
        if let file = configuration.certificateFile {
            guard Disk.size(file) != nil else {
                throw HubError(.usage, "\(file): is no file of certificates; check SSL_CERT_FILE")
            }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(file)
            settings.tlsConfiguration = tls
        }
        direct = HTTPClient(
            eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup), configuration: settings)
        proxied = configuration.proxy.map { proxy in
            settings.proxy = .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.credentials.map { .basic(username: $0.user, password: $0.password) })
            return HTTPClient(
                eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup), configuration: settings)
        }
    }

    /// Closes all connections. Must be called once, at the end.
    func shutDown() async {
        // Nothing that fails here concerns what was downloaded.
        try? await direct.shutdown()
        try? await proxied?.shutdown()
    }

    /// Makes a request and follows redirections.
    /// - Parameter stopsAtContentServer: return the hub's own redirection instead of following it to another server.
    /// - Throws: ``TransientFailure``, ``HubError``, `CancellationError`.
    func send(
        _ method: HTTPMethod, _ url: URL, headers: HTTPHeaders = [:], stopsAtContentServer: Bool = false
    ) async throws -> HubResponse {
        var url = url
        var hubHeaders = HTTPHeaders()
        for _ in 0...configuration.limits.redirects {
            let isHub = Origin(url) == endpoint.origin
            let response = try await sendOnce(method, url, headers: headers, withToken: isHub)
            if isHub { hubHeaders.add(contentsOf: response.headers) }
            let result = HubResponse(
                status: Int(response.status.code), headers: response.headers, body: response.body,
                hubHeaders: hubHeaders,
                isFromHub: isHub)
            guard [301, 302, 303, 307, 308].contains(result.status),
                let location = response.headers.first(name: "Location")
            else { return result }
            let next = try endpoint.redirection(from: url, to: location)
            if stopsAtContentServer, isHub, Origin(next) != endpoint.origin { return result }
            url = next
        }
        throw HubError(
            .network, "\(endpoint.text) redirected one request more than \(configuration.limits.redirects) times")
    }

    private func sendOnce(
        _ method: HTTPMethod, _ url: URL, headers: HTTPHeaders, withToken: Bool
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        request.headers = headers
        request.headers.replaceOrAdd(name: "User-Agent", value: "securebert-swift")
        // Compressed bodies would make sizes and ranges meaningless.
        request.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if withToken, endpoint.mayCarryToken, let token = configuration.token {
            request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token.secret)")
        }
        let client = configuration.proxy?.applies(toHost: url.host ?? "") == true ? proxied ?? direct : direct
        return try await transiently(host: url.host ?? "") {
            try await client.execute(
                request, deadline: .now() + TimeAmount(configuration.connectTimeout + configuration.readTimeout))
        }
    }

    /// Runs a part of an exchange and turns every failure of the connection into a ``TransientFailure``.
    func transiently<Result>(host: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as HubError {
            throw error
        } catch {
            try Task.checkCancellation()
            if Self.isDistrust(error) {
                throw HubError(
                    .network,
                    "The certificate of \(host.printable) is not trusted; if a proxy or a private hub has its own "
                        + "authority, set SSL_CERT_FILE to a PEM file with it")
            }
            throw TransientFailure(problem: Self.problem(error, host: host))
        }
    }

    /// Whether the connection failed because of the server's certificate: trying again would not help.
    private static func isDistrust(_ error: any Error) -> Bool {
        if let error = error as? NIOSSLExtraError { return error == .failedToValidateHostname }
        guard case .handshakeFailed(let reason)? = error as? NIOSSLError else { return false }
        return String(describing: reason).contains("CERTIFICATE_VERIFY_FAILED")
    }

    /// A failure of the connection in words.
    private static func problem(_ error: any Error, host: String) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout, .httpProxyHandshakeTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
                return "\(host.printable) did not accept the connection in time"
            case .readTimeout, .deadlineExceeded: return "\(host.printable) stayed silent for too long"
            case .remoteConnectionClosed, .uncleanShutdown: return "the connection was cut"
            default: return "the exchange failed: \(error.shortDescription)"
            }
        }
        if let error = error as? NIOConnectionError {
            guard let first = error.connectionErrors.first else {
                return "the address of \(host.printable) is not known"
            }
            return problem(first.error, host: host)
        }
        if let error = error as? IOError {
            switch error.errnoCode {
            case ECONNREFUSED: return "\(host.printable) refuses the connection"
            case ENETUNREACH, EHOSTUNREACH, ETIMEDOUT: return "\(host.printable) cannot be reached"
            default: return "the connection was cut"
            }
        }
        if error as? HTTPParserError == .invalidEOFState { return "the connection was cut" }
        return "the connection failed: \(String(describing: error).printable)"
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
