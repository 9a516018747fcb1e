import NIOPosix
import Synchronization

/// Work that is more than one pass through one model, such as the analysis of a report: one job after another on a thread of its own, beside
/// the batches of short requests. The two take turns on the cores operation by operation, so neither waits for the other's end.
final class JobQueue: Sendable {
    private struct State {
        var waitingCost = 0.0
        var jobs = 0
        /// Moving average.
        var secondsPerUnit = 0.0
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    /// A job that would wait longer than this is refused.
    private let queueSeconds: Double?

    init(queueSeconds: Double?) {
        self.queueSeconds = queueSeconds
        thread.start()
    }

    /// Ends the thread when its jobs are done.
    func shutDown() async throws { try await thread.shutdownGracefully() }

    /// Jobs that wait or run.
    var pendingJobs: Int { state.withLock { $0.jobs } }

    /// Runs a job.
    /// - Parameters:
    ///   - cost: How much there is to do, in whatever unit as long as it is the same for all jobs: bytes.
    ///   - body: Throws `CancellationError` soon after it finds that it was cancelled.
    /// - Throws: ``APIError`` when it would wait too long; what the body throws.
    func run<Value: Sendable>(
        cost: Int, _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Value
    ) async throws -> (value: Value, timing: ComputeTiming) {
        let cost = Double(max(1, cost))
        let wait = state.withLock { state in
            let wait = state.waitingCost * state.secondsPerUnit
            if queueSeconds.map({ wait <= $0 }) ?? true {
                state.waitingCost += cost
                state.jobs += 1
            }
            return wait
        }
        if let queueSeconds, wait > queueSeconds { throw APIError.overloaded(afterSeconds: wait) }
        // A cancelled job counts no more, though the thread has yet to come to it.
        let cancellation = Cancellation { [self] in
            state.withLock { state in
                state.waitingCost -= cost
                state.jobs -= 1
            }
        }
        defer { cancellation.release() }
        let enqueued = ContinuousClock.now
        return try await withTaskCancellationHandler {
            try await thread.runIfActive { [self] in
                guard !cancellation.isRequested else { throw CancellationError() }
                let start = ContinuousClock.now
                let value = try body { cancellation.isRequested }
                let elapsed = ContinuousClock.now - start
                state.withLock { state in
                    let measured = elapsed.seconds / cost
                    state.secondsPerUnit =
                        state.secondsPerUnit == 0 ? measured : 0.8 * state.secondsPerUnit + 0.2 * measured
                }
                return (value, ComputeTiming(queue: start - enqueued, compute: elapsed))
            }
        } onCancel: {
            cancellation.request()
        }
    }
}

/// Tells a running job that nobody waits for it any more, and gives its place back once.
private final class Cancellation: Sendable {
    private let flag = Atomic(false)
    private let isReleased = Atomic(false)
    private let giveBack: @Sendable () -> Void

    init(giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    var isRequested: Bool { flag.load(ordering: .relaxed) }

    func request() {
        flag.store(true, ordering: .relaxed)
        release()
    }

    func release() { if !isReleased.exchange(true, ordering: .relaxed) { giveBack() } }
}
