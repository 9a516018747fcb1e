import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches a connection: closes one that does not finish its request in time, tells the request's task when the client leaves, and lets a
/// connection that the client has just opened send its request when the server stops.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a client may take.
    struct Timeouts: Sendable {
        /// From the connection, or from the first request's end for later ones, to the end of the header.
        var header = TimeAmount.seconds(10)
        /// From the header to the end of the body.
        var body = TimeAmount.seconds(60)
        /// Between requests.
        var idle = TimeAmount.seconds(75)
        /// How long a quiet connection may still begin a request when the server stops.
        var stopping = TimeAmount.milliseconds(500)
    }

    private let timeouts: Timeouts
    private let connections: Connections
    private let watch = ClientWatch()
    private var deadline: Scheduled<Void>?
    private var isQuiescing = false
    /// Requests whose responses are not complete.
    private var requests = 0

    init(_ timeouts: Timeouts, _ connections: Connections) {
        (self.timeouts, self.connections) = (timeouts, connections)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.add(watch, context.channel)
        if context.channel.isActive { close(context, in: timeouts.header) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave(context) }

    func channelActive(context: ChannelHandlerContext) {
        close(context, in: timeouts.header)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(context)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requests += 1
            close(context, in: timeouts.body)
            context.fireChannelRead(data)
            // The connection closes when this request has its response.
            if isQuiescing { context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        case .body: context.fireChannelRead(data)
        case .end:
            deadline?.cancel()
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            requests -= 1
            close(context, in: timeouts.idle)
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent where requests == 0:
            // What the client has already sent may be on its way.
            isQuiescing = true
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: timeouts.stopping) {
                context.value.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        case let event as ChannelEvent where event == .inputClosed:
            // Whoever sends nothing more and still waits cannot be told from whoever is gone, until an answer fails.
            watch.clientLeft()
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func leave(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        connections.remove(context.channel)
        watch.clientLeft()
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}

/// Tells the tasks of a connection's requests that nobody waits for them any more.
final class ClientWatch: Sendable {
    private struct State {
        var hasLeft = false
        var next = 0
        var handlers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Runs a body in a task that is cancelled when the client leaves.
    func whileConnected<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await body() }
        let id = state.withLock { state -> Int? in
            guard !state.hasLeft else { return nil }
            state.next += 1
            state.handlers[state.next] = { task.cancel() }
            return state.next
        }
        guard let id else {
            task.cancel()
            return try await task.value
        }
        defer { state.withLock { _ = $0.handlers.removeValue(forKey: id) } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    func clientLeft() {
        let handlers = state.withLock { state in
            defer { state.handlers = [:] }
            state.hasLeft = true
            return Array(state.handlers.values)
        }
        for handler in handlers { handler() }
    }
}

/// The open connections.
final class Connections: Sendable {
    private let watches = Mutex<[ObjectIdentifier: ClientWatch]>([:])

    var count: Int { watches.withLock { $0.count } }

    func add(_ watch: ClientWatch, _ channel: any Channel) {
        watches.withLock { $0[ObjectIdentifier(channel)] = watch }
    }

    func remove(_ channel: any Channel) { watches.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) } }

    subscript(channel: any Channel) -> ClientWatch? { watches.withLock { $0[ObjectIdentifier(channel)] } }
}
