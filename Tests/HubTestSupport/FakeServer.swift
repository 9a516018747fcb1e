import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a free port of this computer that does what a test tells it to, misbehaviour included.
package final class FakeServer: Sendable {
    package struct Request: Sendable {
        package let method: HTTPMethod
        /// Path and query.
        package let uri: String
        package let headers: HTTPHeaders

        package var path: String { String(uri.prefix { $0 != "?" }) }
        /// Where a `Range: bytes=n-` starts.
        package var rangeStart: Int? {
            headers.first(name: "Range").flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        }
    }

    package struct Reply: Sendable {
        package enum Ending: Sendable {
            case complete
            /// Close the connection after so many bytes of the body.
            case cut(after: Int)
            /// Say nothing more after so many bytes of the body.
            case silence(after: Int)
        }

        package var status = 200
        package var headers: HTTPHeaders = [:]
        package var body: [UInt8] = []
        package var ending = Ending.complete
        /// The length announced, where it shall not be true.
        package var announcedLength: Int?

        package init(
            status: Int = 200, headers: HTTPHeaders = [:], body: [UInt8] = [], ending: Ending = .complete,
            announcedLength: Int? = nil
        ) {
            (self.status, self.headers, self.body) = (status, headers, body)
            (self.ending, self.announcedLength) = (ending, announcedLength)
        }
    }

    private let channel: any Channel
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    package let address: String
    /// All requests so far.
    package var requests: [Request] { log.requests.withLock { $0 } }

    package init(_ respond: @escaping @Sendable (Request) -> Reply) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            log.requests.withLock { $0.append(request) }
                            return respond(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        address = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    package func stop() async throws {
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let respond: (Request) -> Reply
        private var request: Request?

        init(_ respond: @escaping (Request) -> Reply) {
            self.respond = respond
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = Request(method: head.method, uri: head.uri, headers: head.headers)
            case .body: break
            case .end:
                guard let request else { return }
                self.request = nil
                send(respond(request), to: request, context)
            }
        }

        private func send(_ reply: Reply, to request: Request, _ context: ChannelHandlerContext) {
            var headers = reply.headers
            if !headers.contains(name: "Content-Length") {
                headers.add(name: "Content-Length", value: "\(reply.announcedLength ?? reply.body.count)")
            }
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            var sent = reply.body[...]
            switch reply.ending {
            case .complete: break
            case .cut(let count), .silence(let count): sent = sent.prefix(count)
            }
            if request.method == .HEAD { sent = [] }
            let body = context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: sent)))))
            switch reply.ending {
            case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            // Closing at once would throw away what is still on its way out.
            case .cut: body.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            case .silence: break
            }
        }
    }
}
