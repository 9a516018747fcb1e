import CSecureBERTKernels
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct PoolTests {
    /// What a region's parts have counted.
    private final class Counts: Sendable {
        let parts: Mutex<[Int]>
        let pool: SendablePool
        init(_ count: Int, pool: SendablePool) {
            parts = Mutex(Array(repeating: 0, count: count))
            self.pool = pool
        }
    }

    private struct SendablePool: @unchecked Sendable {
        let pool: OpaquePointer?
    }

    private static func counts(_ context: UnsafeMutableRawPointer?) -> Counts? {
        context.map { Unmanaged<Counts>.fromOpaque($0).takeUnretainedValue() }
    }

    private func run(_ counts: Counts, parts: Int, body: sb_pool_body) {
        sb_pool_run(counts.pool.pool, parts, body, Unmanaged.passUnretained(counts).toOpaque())
    }

    private static let count: sb_pool_body = { context, part, worker in
        guard let counts = PoolTests.counts(context) else { return }
        // Growing scratch of the part's own worker.
        if let scratch = sb_scratch(counts.pool.pool, worker, 0, 100 + 1000 * part) {
            scratch.storeBytes(of: 1, toByteOffset: 99 + 1000 * part, as: UInt8.self)
            if Int(bitPattern: scratch) % 64 == 0 { counts.parts.withLock { $0[part] += 1 } }
        }
    }

    @Test(arguments: [1, 2, 3, 8]) func everyPartRunsOnce(threads: Int) {
        let pool = sb_pool_create(threads)
        defer { sb_pool_destroy(pool) }
        #expect(sb_pool_threads(pool) == threads)
        for parts in [0, 1, 2, 3, 7, 100] {
            let counts = Counts(parts, pool: SendablePool(pool: pool))
            for _ in 0..<50 { run(counts, parts: parts, body: Self.count) }
            #expect(counts.parts.withLock { $0.allSatisfy { $0 == 50 } }, "\(parts) parts on \(threads) threads")
        }
    }

    @Test func callersTakeTurns() {
        let pool = sb_pool_create(3)
        defer { sb_pool_destroy(pool) }
        let counts = Counts(5, pool: SendablePool(pool: pool))
        let threads = (0..<4).map { _ in
            Thread {
                for round in 0..<200 {
                    self.run(counts, parts: 5, body: Self.count)
                    if round % 50 == 0 { usleep(200) }  // long enough for helpers to fall asleep
                }
                counts.parts.withLock { $0[0] += 1_000_000 }
            }
        }
        for thread in threads { thread.start() }
        while counts.parts.withLock({ $0[0] }) < 4_000_000 { usleep(1000) }
        #expect(counts.parts.withLock { $0 } == [4_000_800, 800, 800, 800, 800])
    }

    @Test func aRegionInsideAPartRunsInline() {
        let pool = sb_pool_create(2)
        defer { sb_pool_destroy(pool) }
        let counts = Counts(3, pool: SendablePool(pool: pool))
        run(counts, parts: 4) { context, _, _ in
            guard let counts = PoolTests.counts(context) else { return }
            sb_pool_run(counts.pool.pool, 3, PoolTests.count, context)
        }
        #expect(counts.parts.withLock { $0 } == [4, 4, 4])
    }

    @Test func withoutAPool() {
        let counts = Counts(3, pool: SendablePool(pool: nil))
        run(counts, parts: 3) { context, part, worker in
            PoolTests.counts(context)?.parts.withLock { $0[part] += 1 + worker }
        }
        #expect(counts.parts.withLock { $0 } == [1, 1, 1])
        #expect(sb_pool_threads(nil) == 1)
        #expect(sb_scratch(nil, 0, 0, 1) == nil)
        sb_pool_destroy(nil)
    }

    /// The split product equals the product in one piece, for shapes that split by rows and by panels.
    @Test func productsOverAPool() throws {
        let pool = sb_pool_create(3)
        defer { sb_pool_destroy(pool) }
        for (m, n, k) in [(1, 300, 40), (50, 10, 1100), (130, 200, 30), (0, 5, 5), (5, 0, 5)] {
            var random = SeededGenerator(seed: 9)
            let (x, w) = (random.floats(m * k), random.floats(n * k))
            let data = GuardedBuffer([UInt8](repeating: 0, count: sb_packed_bytes(n, k, false, .SB_F32)))
            let y = GuardedBuffer([Float](repeating: 9, count: m * n))
            let packed = sb_packed_make(data.pointer, n, k, false, .SB_F32)
            try x.withUnsafeBufferPointer { x in
                try withUnsafePointer(to: packed) { weights in
                    sb_pack(weights, w, .SB_F32, k, false, 0, sb_panel_count(n, false))
                    var gemm = sb_gemm()
                    (gemm.x, gemm.ldx, gemm.w, gemm.y, gemm.ldy) = (x.baseAddress, k, weights, y.pointer, n)
                    try #require(sb_gemm_run(pool, &gemm, m))
                }
            }
            let expected = KernelTwins.product(x, w, m: m, n: n, k: k)
            expectClose(y.elements, expected, absolute: 1e-4, relative: 1e-4, "m \(m) n \(n) k \(k)")
            #expect(y.isIntact)
        }
    }
}
