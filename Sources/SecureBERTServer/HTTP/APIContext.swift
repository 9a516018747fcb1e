import Hummingbird
import NIOCore

/// What a route knows of a request beside its head and body.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The client's own id of the request when it is harmless, otherwise a random one.
    var requestID = ""
    /// What the routes note for logs and headers.
    let record = RequestRecord()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// How long the parts of a request took.
struct RequestTiming: Sendable {
    var tokenize = Duration.zero
    var queue = Duration.zero
    var compute = Duration.zero
    /// That the model has read, special tokens included.
    var tokens = 0

    mutating func add(_ timing: ComputeTiming) {
        queue += timing.queue
        compute += timing.compute
    }

    static func + (first: RequestTiming, second: RequestTiming) -> RequestTiming {
        RequestTiming(
            tokenize: first.tokenize + second.tokenize, queue: first.queue + second.queue,
            compute: first.compute + second.compute, tokens: first.tokens + second.tokens)
    }
}
