import Synchronization

/// What becomes known of a request while it is answered: for the access log, metrics and headers.
final class RequestRecord: Sendable {
    private struct State {
        var timing: RequestTiming?
        var bytes = 0
        var keyName: String?
    }

    private let state = Mutex(State())

    /// Nil when no model was used.
    var timing: RequestTiming? { state.withLock { $0.timing } }
    /// Of the request's body.
    var bodyBytes: Int { state.withLock { $0.bytes } }

    func add(_ timing: RequestTiming) { state.withLock { $0.timing = ($0.timing ?? RequestTiming()) + timing } }

    /// Name of the API key; nil when none was asked for or the right one was not shown.
    var keyName: String? { state.withLock { $0.keyName } }

    func setKey(_ name: String) { state.withLock { $0.keyName = name } }

    func setBody(bytes: Int) { state.withLock { $0.bytes = bytes } }
}

/// A number that several tasks change.
final class Counter: Sendable {
    private let value = Atomic(0)

    /// Returns the new value.
    func increment() -> Int { value.add(1, ordering: .relaxed).newValue }
    func decrement() { value.subtract(1, ordering: .relaxed) }
}
