import SecureBERT
import SecureBERTCheckpoint
import SecureBERTServer
import Synchronization
import TestSupport
import Testing

@Suite("Scheduler")
struct SchedulerTests {
    /// Counts what is computed together; windows are encodings of a tiny model.
    private struct Recording: WindowedTask {
        let encoder: SentenceEncoder
        let batches = Batches()

        func read(_ input: SentenceEncoder.Input) throws -> SentenceEncoder.Reading { try encoder.read(input) }

        func rows(of windows: [SentenceEncoder.Window]) throws -> [[Float]] {
            batches.add(windows.count)
            if batches.failing { throw Failure() }
            return try encoder.rows(of: windows)
        }

        func finish(_ reading: SentenceEncoder.Reading, _ rows: [[Float]]) throws -> SentenceEncoder.Embedding {
            try encoder.finish(reading, rows)
        }
    }

    private struct Failure: Error {}

    private final class Batches: Sendable {
        private let state = Mutex((sizes: [Int](), failing: false, gate: false))
        var sizes: [Int] { state.withLock { $0.sizes } }
        var failing: Bool { state.withLock { $0.failing } }
        func add(_ count: Int) {
            state.withLock { $0.sizes.append(count) }
            while state.withLock({ $0.gate }) {}
        }
        func fail(_ failing: Bool) { state.withLock { $0.failing = failing } }
        func hold(_ held: Bool) { state.withLock { $0.gate = held } }
    }

    /// Who was done first.
    private final class Order: Sendable {
        private let state = Mutex<[String]>([])
        var names: [String] { state.withLock { $0 } }
        func add(_ name: String) { state.withLock { $0.append(name) } }
    }

    private func encoder() throws -> SentenceEncoder {
        try SentenceEncoder(PretrainedModel(path: Fixtures.model("st-mean-normalize"), head: ModelHead.none))
    }

    /// Short enough for one window of the tiny model.
    private func text(_ number: Int) -> String { "attacker \(number) moved" }

    @Test("Requests that wait share a batch, and each gets what it would get alone")
    func sharing() async throws {
        let encoder = try encoder()
        let task = Recording(encoder: encoder)
        let scheduler = Scheduler()
        let lane = scheduler.lane(task, name: "tiny")
        task.batches.hold(true)
        let texts = (0..<12).map { text($0) }
        let vectors = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask {
                    let reading = try task.read(.init(text))
                    let computed = try await scheduler.compute(reading.windows, in: lane)
                    return (index, try task.finish(reading, computed.rows).vector)
                }
            }
            group.addTask {
                while scheduler.pendingRequests < 12 { await Task.yield() }
                task.batches.hold(false)
                return (-1, [])
            }
            return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
        }
        let alone = try encoder(texts)
        for index in texts.indices {
            let vector = try #require(vectors[index])
            #expect(zip(vector, alone[index].vector).allSatisfy { abs($0 - $1) <= 1e-5 })
        }
        // The first went alone while the others came.
        #expect(task.batches.sizes.count < texts.count, "\(task.batches.sizes)")
        #expect(task.batches.sizes.reduce(0, +) == texts.count)
        try await scheduler.shutDown()
    }

    @Test("A batch keeps to its budget, and a long request lets a short one in between")
    func budget() async throws {
        let task = Recording(encoder: try encoder())
        let scheduler = Scheduler(.init(batchTokens: 12))
        let lane = scheduler.lane(task, name: "tiny")
        let long = try (0..<8).flatMap { try task.read(.init(text($0))).windows }
        let short = try task.read(.init("short")).windows
        task.batches.hold(true)
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await scheduler.compute(long, in: lane)
                order.add("long")
            }
            while task.batches.sizes.isEmpty { await Task.yield() }
            group.addTask {
                _ = try await scheduler.compute(short, in: lane)
                order.add("short")
            }
            while scheduler.pendingRequests < 2 { await Task.yield() }
            task.batches.hold(false)
            try await group.waitForAll()
        }
        #expect(order.names == ["short", "long"])
        #expect(task.batches.sizes.count > 2)
        #expect(task.batches.sizes.reduce(0, +) == long.count + short.count)
        try await scheduler.shutDown()
    }

    @Test("Who leaves while waiting is not computed")
    func cancellation() async throws {
        let task = Recording(encoder: try encoder())
        let scheduler = Scheduler()
        let lane = scheduler.lane(task, name: "tiny")
        task.batches.hold(true)
        let windows = try task.read(.init("first")).windows
        let first = Task { try await scheduler.compute(windows, in: lane).rows.count }
        while task.batches.sizes.isEmpty { await Task.yield() }
        let second = Task { try await scheduler.compute(windows, in: lane).rows.count }
        while scheduler.pendingRequests < 2 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        task.batches.hold(false)
        #expect(try await first.value == 1)
        #expect(task.batches.sizes == [1])
        #expect(scheduler.pendingRequests == 0)
        try await scheduler.shutDown()
    }

    @Test("A request that would wait too long is refused with the time to wait")
    func overload() async throws {
        let task = Recording(encoder: try encoder())
        let scheduler = Scheduler(.init(batchTokens: 1, queueSeconds: 0))
        let lane = scheduler.lane(task, name: "tiny")
        let windows = try (0..<4).flatMap { try task.read(.init(text($0))).windows }
        // The first request tells how long a token takes; it waits for nobody, so it is never refused.
        _ = try await scheduler.compute(windows, in: lane)
        let before = task.batches.sizes.count
        task.batches.hold(true)
        let first = Task { try await scheduler.compute(windows, in: lane).rows.count }
        while task.batches.sizes.count == before { await Task.yield() }
        let error = await #expect(throws: APIError.self) { try await scheduler.compute(windows, in: lane) }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter == "1")
        task.batches.hold(false)
        #expect(try await first.value == 4)
        try await scheduler.shutDown()
    }

    @Test("A failure reaches its request, and the next one is answered")
    func failure() async throws {
        let task = Recording(encoder: try encoder())
        let scheduler = Scheduler()
        let lane = scheduler.lane(task, name: "tiny")
        let windows = try task.read(.init("text")).windows
        task.batches.fail(true)
        await #expect(throws: Failure.self) { try await scheduler.compute(windows, in: lane) }
        task.batches.fail(false)
        #expect(try await scheduler.compute(windows, in: lane).rows.count == 1)
        try await scheduler.shutDown()
    }
}
