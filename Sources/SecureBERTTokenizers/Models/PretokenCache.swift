/// Remembers how short pre-tokens were tokenized. Direct-mapped: a new entry replaces the one in its place, so
/// memory is bounded and no input can make a lookup slow. It starts small, because most calls see one short text, and
/// grows while misses go on.
///
/// One entry is one cache line of 64 bytes: key bytes 0-15, ids 16-47, lengths 48-55, key length 56, token count 57.
struct PretokenCache {
    static let maximumKeyLength = 16
    static let maximumTokenCount = 8
    private static let entrySize = 64
    private static let initialEntryCount = 1 << 11
    private static let maximumEntryCount = 1 << 16

    private var memory: UnsafeMutableRawPointer
    private var mask: Int
    private var missesUntilGrowth: Int
    private let seed = Hashing.seed

    /// The first bytes of a pre-token as two little-endian words, zero-padded.
    struct Key {
        let low: UInt64
        let high: UInt64
        let length: UInt8
    }

    init() {
        memory = Self.allocate(Self.initialEntryCount)
        mask = Self.initialEntryCount - 1
        missesUntilGrowth = Self.initialEntryCount
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * entrySize, alignment: entrySize)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: count * entrySize)
        return memory
    }

    func deallocate() { memory.deallocate() }

    /// Four times the entries, with the present ones moved to their new places.
    private mutating func grow() {
        let (old, oldCount) = (memory, mask + 1)
        let count = oldCount * 4
        memory = Self.allocate(count)
        mask = count - 1
        missesUntilGrowth = count < Self.maximumEntryCount ? count : .max
        for index in 0..<oldCount {
            let source = old + index * Self.entrySize
            let length = source.load(fromByteOffset: 56, as: UInt8.self)
            guard length > 0 else { continue }
            let key = Key(
                low: source.load(as: UInt64.self), high: source.load(fromByteOffset: 8, as: UInt64.self), length: length
            )
            entry(for: key).pointer.copyMemory(from: source, byteCount: Self.entrySize)
        }
        old.deallocate()
    }

    /// Remembers tokens under a key that was looked up and not found; more than fit are not remembered.
    mutating func store(_ key: Key, count: Int, ids: UnsafePointer<Int32>, lengths: UnsafePointer<UInt32>) {
        guard count <= Self.maximumTokenCount else { return }
        missesUntilGrowth -= 1
        if missesUntilGrowth == 0 { grow() }
        entry(for: key).store(key, count: count, ids: ids, lengths: lengths)
    }

    /// The key of `count` bytes (1...16) at `bytes`; `readable` is how many bytes may be read from there.
    @inline(__always)
    static func key(_ bytes: UnsafePointer<UInt8>, count: Int, readable: Int) -> Key {
        let raw = UnsafeRawPointer(bytes)
        var low: UInt64
        var high: UInt64 = 0
        if readable >= 16 {
            low = raw.loadUnaligned(as: UInt64.self)
            if count <= 8 {
                low &= UInt64.max >> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
            } else {
                high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                high &= UInt64.max >> UInt64(truncatingIfNeeded: 128 &- 8 &* count)
            }
        } else {
            low = 0
            for index in 0..<count {
                if index < 8 {
                    low |= UInt64(bytes[index]) << UInt64(truncatingIfNeeded: 8 &* index)
                } else {
                    high |= UInt64(bytes[index]) << UInt64(truncatingIfNeeded: 8 &* (index &- 8))
                }
            }
        }
        return Key(low: low, high: high, length: UInt8(truncatingIfNeeded: count))
    }

    /// The entry in the key's place, whatever it holds.
    @inline(__always)
    func entry(for key: Key) -> Entry {
        let hash = Hashing.fold(key.low ^ seed, key.high &+ 0x9E37_79B9_7F4A_7C15 ^ UInt64(key.length) << 56)
        return Entry(pointer: memory + (Int(truncatingIfNeeded: hash) & mask) &* Self.entrySize)
    }

    /// One place of the cache.
    struct Entry {
        fileprivate let pointer: UnsafeMutableRawPointer

        @inline(__always) func holds(_ key: Key) -> Bool {
            pointer.load(as: UInt64.self) == key.low && pointer.load(fromByteOffset: 8, as: UInt64.self) == key.high
                && pointer.load(fromByteOffset: 56, as: UInt8.self) == key.length
        }

        var count: Int {
            @inline(__always) get { Int(pointer.load(fromByteOffset: 57, as: UInt8.self)) }
        }

        @inline(__always) func id(_ index: Int) -> Int32 {
            pointer.load(fromByteOffset: 16 &+ 4 &* index, as: Int32.self)
        }

        @inline(__always) func length(_ index: Int) -> Int {
            Int(pointer.load(fromByteOffset: 48 &+ index, as: UInt8.self))
        }

        fileprivate func store(_ key: Key, count: Int, ids: UnsafePointer<Int32>, lengths: UnsafePointer<UInt32>) {
            pointer.storeBytes(of: key.low, as: UInt64.self)
            pointer.storeBytes(of: key.high, toByteOffset: 8, as: UInt64.self)
            pointer.storeBytes(of: key.length, toByteOffset: 56, as: UInt8.self)
            pointer.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 57, as: UInt8.self)
            for index in 0..<count {
                pointer.storeBytes(of: ids[index], toByteOffset: 16 + 4 * index, as: Int32.self)
                // A pre-token of at most 16 bytes has tokens of at most 16 bytes.
                pointer.storeBytes(
                    of: UInt8(truncatingIfNeeded: lengths[index]), toByteOffset: 48 + index, as: UInt8.self)
            }
        }
    }
}
