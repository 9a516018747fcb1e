import SecureBERT
import Synchronization

/// The requests of one task on one model that wait to be computed. Windows of neighbouring requests share a batch; a request of many
/// windows takes one batch at a time and lets the others go in between.
package final class Lane<Task: WindowedTask>: ComputeLane {
    typealias Window = Task.Reading.Window

    /// What a request gets: a row for each of its windows, and how long that took.
    package struct Computed: Sendable {
        package let rows: [Task.Row]
        let timing: ComputeTiming
    }

    private struct Request {
        let id: Int
        let windows: [Window]
        var rows: [Task.Row] = []
        /// Windows that are computed or being computed.
        var taken = 0
        /// Place in the order of all lanes.
        var ticket: Int
        let enqueued: ContinuousClock.Instant
        var computing = Duration.zero
        let continuation: CheckedContinuation<Computed, any Error>
    }

    private struct State {
        /// In the order of their tickets.
        var requests: [Request] = []
        /// Tokens of windows that have not been taken.
        var pendingTokens = 0
        /// Moving average.
        var secondsPerToken = 0.0
        var cancelled: Set<Int> = []
    }

    let task: Task
    let name: String
    private let state = Mutex(State())

    /// - Parameter name: Of the model and what it does, for metrics.
    init(_ task: Task, name: String) { (self.task, self.name) = (task, name) }

    var headTicket: Int? { state.withLock { $0.requests.first { $0.taken < $0.windows.count }?.ticket } }

    var pendingSeconds: Double { state.withLock { Double($0.pendingTokens) * $0.secondsPerToken } }

    var pendingRequests: Int { state.withLock { $0.requests.count } }

    /// Seconds that windows will take, as far as earlier ones tell; 0 for the first.
    func estimate(_ windows: [Window]) -> Double {
        let tokens = windows.reduce(0) { $0 + $1.encoding.count }
        return state.withLock { Double(tokens) * $0.secondsPerToken }
    }

    // MARK: - Waiting

    func add(_ windows: [Window], id: Int, ticket: Int, _ continuation: CheckedContinuation<Computed, any Error>) {
        let isCancelled = state.withLock { state in
            guard state.cancelled.remove(id) == nil else { return true }
            state.requests.append(
                Request(id: id, windows: windows, ticket: ticket, enqueued: .now, continuation: continuation))
            state.pendingTokens += windows.reduce(0) { $0 + $1.encoding.count }
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
    }

    /// Takes a request out of the queue, unless its last windows are being computed.
    func cancel(id: Int) {
        let request = state.withLock { state -> Request? in
            guard let index = state.requests.firstIndex(where: { $0.id == id }) else {
                // Not yet added; or answered already, and then ``forget(id:)`` follows.
                state.cancelled.insert(id)
                return nil
            }
            let request = state.requests.remove(at: index)
            state.pendingTokens -= request.windows[request.taken...].reduce(0) { $0 + $1.encoding.count }
            return request
        }
        request?.continuation.resume(throwing: CancellationError())
    }

    func forget(id: Int) { state.withLock { _ = $0.cancelled.remove(id) } }

    // MARK: - Computing

    private struct Part {
        let id: Int
        let windows: ArraySlice<Window>
    }

    func computeBatch(budget: Int, newTicket: () -> Int) -> ComputedBatch? {
        let parts = take(budget: budget)
        guard !parts.isEmpty else { return nil }
        let windows = parts.flatMap(\.windows)
        let start = ContinuousClock.now
        let result = Result { try task.rows(of: windows) }
        let elapsed = ContinuousClock.now - start
        let tokens = windows.reduce(0) { $0 + $1.encoding.count }
        switch result {
        case .success(let rows):
            deliver(rows, to: parts, elapsed, tokens: tokens, newTicket)
        case .failure(let error) where parts.count == 1:
            fail(parts[0].id, error)
        case .failure:
            // One of the requests is at fault; alone each gets what it would have got alone.
            for part in parts {
                do {
                    deliver(try task.rows(of: Array(part.windows)), to: [part], elapsed, tokens: nil, newTicket)
                } catch {
                    fail(part.id, error)
                }
            }
        }
        return ComputedBatch(
            lane: name, requests: parts.count, windows: windows.count, tokens: tokens, seconds: elapsed.seconds)
    }

    /// Takes windows of the requests that have waited longest: as many as the budget of tokens allows, at least one.
    private func take(budget: Int) -> [Part] {
        state.withLock { state in
            var (parts, tokens): ([Part], Int) = ([], 0)
            for index in state.requests.indices {
                let request = state.requests[index]
                var end = request.taken
                while end < request.windows.count {
                    let count = request.windows[end].encoding.count
                    if tokens > 0, tokens + count > budget { break }
                    tokens += count
                    end += 1
                }
                if end > request.taken {
                    parts.append(Part(id: request.id, windows: request.windows[request.taken..<end]))
                    state.requests[index].taken = end
                }
                if tokens >= budget || end < request.windows.count { break }
            }
            state.pendingTokens -= tokens
            return parts
        }
    }

    private func deliver(
        _ rows: [Task.Row], to parts: [Part], _ elapsed: Duration, tokens: Int?, _ newTicket: () -> Int
    ) {
        let complete = state.withLock { state in
            if let tokens, tokens > 0 {
                let measured = elapsed.seconds / Double(tokens)
                state.secondsPerToken =
                    state.secondsPerToken == 0 ? measured : 0.8 * state.secondsPerToken + 0.2 * measured
            }
            var (next, complete): (Int, [Request]) = (0, [])
            for part in parts {
                let own = rows[next..<next + part.windows.count]
                next += part.windows.count
                // A request that is gone was cancelled while it was computed.
                guard let index = state.requests.firstIndex(where: { $0.id == part.id }) else { continue }
                state.requests[index].rows += own
                state.requests[index].computing += elapsed
                var request = state.requests[index]
                if request.rows.count == request.windows.count {
                    complete.append(state.requests.remove(at: index))
                } else if state.requests.count > 1 {
                    // The others' turn.
                    state.requests.remove(at: index)
                    request.ticket = newTicket()
                    state.requests.append(request)
                }
            }
            return complete
        }
        for request in complete {
            let total = ContinuousClock.now - request.enqueued
            request.continuation.resume(
                returning: Computed(
                    rows: request.rows,
                    timing: ComputeTiming(queue: total - request.computing, compute: request.computing)))
        }
    }

    private func fail(_ id: Int, _ error: any Error) {
        let request = state.withLock { state -> Request? in
            guard let index = state.requests.firstIndex(where: { $0.id == id }) else { return nil }
            let request = state.requests.remove(at: index)
            state.pendingTokens -= request.windows[request.taken...].reduce(0) { $0 + $1.encoding.count }
            return request
        }
        request?.continuation.resume(throwing: error)
    }
}

/// How long a request has waited and how long its batches took.
package struct ComputeTiming: Sendable {
    var queue = Duration.zero
    var compute = Duration.zero
}

/// What the compute thread has done, for metrics.
package struct ComputedBatch: Sendable {
    let lane: String
    let requests: Int
    let windows: Int
    let tokens: Int
    let seconds: Double
}

/// A lane of whatever task.
protocol ComputeLane: AnyObject, Sendable {
    /// Place of the request that is next, in the order of all lanes; nil when none waits.
    var headTicket: Int? { get }
    /// Seconds that what waits will take, as far as earlier batches tell.
    var pendingSeconds: Double { get }
    var pendingRequests: Int { get }
    /// Computes one batch; nil when nothing waits.
    func computeBatch(budget: Int, newTicket: () -> Int) -> ComputedBatch?
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
