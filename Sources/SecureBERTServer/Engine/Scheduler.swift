import NIOPosix
import SecureBERT
import SecureBERTTensor
import Synchronization

/// Runs the batches of all lanes on a thread of its own, the request that has waited longest first, and refuses requests that would wait
/// too long.
package final class Scheduler: Sendable {
    package struct Limits: Sendable {
        /// Tokens that are computed together.
        var batchTokens: Int
        /// A request that would wait longer than this is refused; nil to let every request wait.
        var queueSeconds: Double?

        package init(batchTokens: Int = PretrainedModel.tokenBudget, queueSeconds: Double? = 10) {
            (self.batchTokens, self.queueSeconds) = (batchTokens, queueSeconds)
        }
    }

    private struct Running {
        var until: ContinuousClock.Instant?
    }

    private let limits: Limits
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let lanes = Mutex<[any ComputeLane]>([])
    private let running = Mutex(Running())
    private let tickets = Atomic(0)
    private let requests = Atomic(0)
    private let report: @Sendable (ComputedBatch) -> Void

    /// - Parameter report: Told of every batch, on the compute thread.
    package init(_ limits: Limits = Limits(), report: @escaping @Sendable (ComputedBatch) -> Void = { _ in }) {
        (self.limits, self.report) = (limits, report)
        thread.start()
    }

    /// Ends the thread; requests that still wait are never answered, so drain first.
    package func shutDown() async throws { try await thread.shutdownGracefully() }

    /// A lane for a task.
    package func lane<Task: WindowedTask>(_ task: Task, name: String) -> Lane<Task> {
        let lane = Lane(task, name: name)
        lanes.withLock { $0.append(lane) }
        return lane
    }

    /// Requests that wait or are being computed.
    package var pendingRequests: Int { lanes.withLock { $0 }.reduce(0) { $0 + $1.pendingRequests } }

    /// Seconds until a request that came now would be computed, as far as earlier batches tell.
    package var waitingSeconds: Double {
        let waiting = lanes.withLock { $0 }.reduce(0) { $0 + $1.pendingSeconds }
        let now = ContinuousClock.now
        return waiting + running.withLock { $0.until.map { max(0, ($0 - now).seconds) } ?? 0 }
    }

    /// Computes the windows of a request.
    /// - Throws: ``APIError`` when the request would wait too long; `CancellationError` when the task was cancelled before its last window
    ///   was computed; what the task throws.
    package func compute<Task: WindowedTask>(
        _ windows: [Task.Reading.Window], in lane: Lane<Task>
    ) async throws -> Lane<Task>.Computed {
        guard !windows.isEmpty else { return .init(rows: [], timing: ComputeTiming()) }
        if let limit = limits.queueSeconds {
            let wait = waitingSeconds
            guard wait <= limit else { throw APIError.overloaded(afterSeconds: wait) }
        }
        let id = requests.add(1, ordering: .relaxed).newValue
        defer { lane.forget(id: id) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lane.add(windows, id: id, ticket: newTicket(), continuation)
                wake()
            }
        } onCancel: {
            lane.cancel(id: id)
        }
    }

    private func newTicket() -> Int { tickets.add(1, ordering: .relaxed).newValue }

    private func wake() {
        thread.submit { [self] state in
            guard case .active = state else { return }
            computeNext()
        }
    }

    /// One batch of the lane whose next request has waited longest; further batches queue behind what was submitted meanwhile.
    private func computeNext() {
        let waiting = lanes.withLock { $0 }.compactMap { lane in lane.headTicket.map { (ticket: $0, lane: lane) } }
        guard let next = waiting.min(by: { $0.ticket < $1.ticket }) else { return }
        let estimate = min(next.lane.pendingSeconds, 10)
        running.withLock { $0.until = .now + .seconds(estimate) }
        let batch = next.lane.computeBatch(budget: limits.batchTokens, newTicket: newTicket)
        running.withLock { $0.until = nil }
        if let batch { report(batch) }
        // Requests of more than one batch, and those that shared none, have no call of their own left.
        if waiting.count > 1 || next.lane.headTicket != nil { wake() }
    }
}
