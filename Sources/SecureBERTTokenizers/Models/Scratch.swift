import Synchronization

/// Working memory of one `encode` call: the pre-token cache and the symbols of the pre-token being merged.
///
/// Unchecked because the pool hands each instance to one call at a time; nothing else ever refers to it.
final class Scratch: @unchecked Sendable {
    var cache = PretokenCache()
    /// Symbols: ids and lengths in bytes.
    private(set) var ids: UnsafeMutablePointer<Int32>
    private(set) var lengths: UnsafeMutablePointer<UInt32>
    /// Symbols that both have room for, and those that `ids` has room for.
    private var capacity: Int
    private var idCapacity: Int
    /// Rank and result of the pair of each symbol with the next, for up to ``pairCapacity`` symbols.
    let ranks: UnsafeMutablePointer<UInt32>
    let results: UnsafeMutablePointer<Int32>

    /// Symbols up to this many are merged by scanning their pairs, longer pre-tokens in blocks.
    static let pairCapacity = 64
    private static let initialCapacity = 256
    /// A buffer above this is given back after the call that needed it.
    private static let keptCapacity = 1 << 18

    init() {
        capacity = Self.initialCapacity
        idCapacity = capacity
        ids = .allocate(capacity: capacity)
        lengths = .allocate(capacity: capacity)
        ranks = .allocate(capacity: Self.pairCapacity)
        results = .allocate(capacity: Self.pairCapacity)
    }

    deinit {
        ids.deallocate()
        lengths.deallocate()
        ranks.deallocate()
        results.deallocate()
        cache.deallocate()
    }

    /// Makes room for `count` symbols; what the buffers held is lost.
    @inline(__always) func reserve(_ count: Int) {
        if count > capacity { resize(to: count) }
    }

    /// Makes room for `count` ids alone; what the buffers held is lost.
    func reserveIDs(_ count: Int) {
        guard count > idCapacity else { return }
        ids.deallocate()
        idCapacity = count
        ids = .allocate(capacity: count)
    }

    private func resize(to count: Int) {
        ids.deallocate()
        lengths.deallocate()
        capacity = count
        idCapacity = count
        ids = .allocate(capacity: count)
        lengths = .allocate(capacity: count)
    }

    /// Gives back the memory of an unusually long pre-token.
    func trim() {
        if idCapacity > Self.keptCapacity { resize(to: Self.initialCapacity) }
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
