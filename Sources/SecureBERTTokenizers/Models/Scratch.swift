import Synchronization

/// Working memory of one `encode` call: the pre-token cache and the symbols of the pre-token being merged.
///
/// Unchecked because the pool hands each instance to one call at a time; nothing else ever refers to it.
final class Scratch: @unchecked Sendable {
    var cache = PretokenCache()
    /// Symbols: ids, lengths in bytes, and rank and result of each pair with the next symbol.
    private(set) var ids: UnsafeMutablePointer<Int32>
    private(set) var lengths: UnsafeMutablePointer<UInt32>
    private(set) var ranks: UnsafeMutablePointer<UInt32>
    private(set) var results: UnsafeMutablePointer<Int32>
    private(set) var capacity: Int

    private static let initialCapacity = 256
    /// A buffer above this is given back after the call that needed it.
    private static let keptCapacity = 1 << 18

    init() {
        capacity = Self.initialCapacity
        (ids, lengths, ranks, results) = Self.allocate(capacity)
    }

    deinit {
        free()
        cache.deallocate()
    }

    private static func allocate(
        _ count: Int
    ) -> (
        UnsafeMutablePointer<Int32>, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>,
        UnsafeMutablePointer<Int32>
    ) {
        (.allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count))
    }

    private func free() {
        ids.deallocate()
        lengths.deallocate()
        ranks.deallocate()
        results.deallocate()
    }

    /// Makes room for `count` symbols; what the buffers held is lost.
    @inline(__always) func reserve(_ count: Int) {
        if count > capacity { resize(to: count) }
    }

    private func resize(to count: Int) {
        free()
        capacity = count
        (ids, lengths, ranks, results) = Self.allocate(count)
    }

    /// Gives back the memory of an unusually long pre-token.
    func trim() {
        if capacity > Self.keptCapacity { resize(to: Self.initialCapacity) }
    }
}

/// Keeps scratch memory between calls, so that a warm cache serves the next text. Each tokenizer has its own pool,
/// because cached ids mean something only with its vocabulary.
final class ScratchPool: Sendable {
    private let free = Mutex<[Scratch]>([])
    private static let keptAtMost = 8

    func withScratch<Result>(_ body: (Scratch) -> Result) -> Result {
        let scratch = free.withLock { $0.popLast() } ?? Scratch()
        defer {
            scratch.trim()
            free.withLock { if $0.count < Self.keptAtMost { $0.append(scratch) } }
        }
        return body(scratch)
    }
}
