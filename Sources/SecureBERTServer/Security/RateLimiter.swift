import Synchronization

/// How much one key may ask for: a bucket that fills evenly and holds the requests of a minute, and a number of requests at once.
package final class RateLimiter: Sendable {
    package struct Limits: Sendable {
        /// Nil for as many as there are.
        package var perMinute: Int?
        package var concurrent: Int?

        package init(perMinute: Int? = nil, concurrent: Int? = nil) {
            (self.perMinute, self.concurrent) = (perMinute, concurrent)
        }
    }

    private struct State {
        var level: Double
        var last: ContinuousClock.Instant
        var running = 0
    }

    private let limits: Limits
    private let state: Mutex<State>

    package init(_ limits: Limits) {
        self.limits = limits
        state = Mutex(State(level: Double(limits.perMinute ?? 0), last: .now))
    }

    /// Begins a request; every one that begins has to ``end()``.
    /// - Throws: ``APIError`` when it is one too many, with the time after which it would not be.
    package func begin(now: ContinuousClock.Instant = .now) throws(APIError) {
        let waiting = state.withLock { state -> (seconds: Double, message: String)? in
            if let concurrent = limits.concurrent, state.running >= concurrent {
                return (1, "this key may have \(concurrent) requests at once; wait for one of them to be answered")
            }
            if let perMinute = limits.perMinute {
                let rate = Double(perMinute) / 60
                state.level = min(Double(perMinute), state.level + (now - state.last).seconds * rate)
                state.last = now
                guard state.level >= 1 else {
                    return (
                        (1 - state.level) / rate, "this key may make \(perMinute) requests a minute; try again later"
                    )
                }
                state.level -= 1
            }
            state.running += 1
            return nil
        }
        if let waiting { throw APIError.overloaded(afterSeconds: waiting.seconds, waiting.message) }
    }

    package func end() { state.withLock { $0.running -= 1 } }
}
