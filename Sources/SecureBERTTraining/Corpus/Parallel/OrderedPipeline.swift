/// Runs a function over a stream on threads of its own, and hands the results on in the order of the stream.
///
/// Reading and handing on happen on the calling thread; at most a few items per thread are under way, which bounds the
/// memory whatever the length of the stream.
enum OrderedPipeline {
    /// - Parameters:
    ///   - threads: how many transform items; at least one.
    ///   - produce: the next item, nil at the end.
    ///   - transform: the work.
    ///   - consume: takes the results in order.
    /// - Throws: The first error in the order of the stream; work under way is finished first.
    static func run<Input: Sendable, Output: Sendable>(
        threads: Int, produce: () throws -> Input?, transform: @escaping @Sendable (Input) throws -> Output,
        consume: (Output) throws -> Void
    ) throws {
        let exchange = Exchange(transform)
        let workers = (0..<max(1, threads)).compactMap { _ in WorkerThread { exchange.work() } }
        // Without threads the work is done here, one item after the other.
        if workers.isEmpty {
            while let item = try produce() { try consume(try transform(item)) }
            return
        }
        defer {
            exchange.close()
            for worker in workers { worker.join() }
        }
        let limit = max(1, threads) * 3
        var produced = 0
        var consumed = 0
        var isAtEnd = false
        while true {
            while !isAtEnd, produced - consumed < limit {
                guard let item = try produce() else {
                    isAtEnd = true
                    break
                }
                exchange.submit(item, number: produced)
                produced += 1
            }
            guard consumed < produced else { return }
            let output = try exchange.result(consumed).get()
            consumed += 1
            try consume(output)
        }
    }

    /// The queue of work and the results that wait for their turn.
    private final class Exchange<Input: Sendable, Output: Sendable>: @unchecked Sendable {
        // `@unchecked Sendable`: every property below is touched with `monitor` locked only.
        private let monitor = Monitor()
        private var waiting: [(number: Int, item: Input)] = []
        private var done: [Int: Result<Output, any Error>] = [:]
        private var isClosed = false
        private let transform: @Sendable (Input) throws -> Output

        init(_ transform: @escaping @Sendable (Input) throws -> Output) { self.transform = transform }

        func submit(_ item: Input, number: Int) {
            monitor.locked { waiting.append((number, item)) }
        }

        func result(_ number: Int) -> Result<Output, any Error> {
            monitor.locked(when: { done[number] != nil }) {
                done.removeValue(forKey: number) ?? .failure(CancellationError())
            }
        }

        func close() {
            monitor.locked {
                isClosed = true
                waiting = []
            }
        }

        func work() {
            while let (number, item) = next() {
                let result = Result { try transform(item) }
                monitor.locked { done[number] = result }
            }
        }

        private func next() -> (number: Int, item: Input)? {
            monitor.locked(when: { isClosed || !waiting.isEmpty }) { waiting.isEmpty ? nil : waiting.removeFirst() }
        }
    }
}
