/// Hash functions of the flat tables. Seeds differ per process, so no file can be built whose tokens all collide.
enum Hashing {
    static let seed = UInt64.random(in: 0...UInt64.max) | 1

    /// Multiplies to 128 bits and folds the halves together.
    @inline(__always) static func fold(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let product = first.multipliedFullWidth(by: second)
        return product.high ^ product.low
    }

    @inline(__always) static func hash(_ value: UInt64, seed: UInt64) -> UInt64 {
        fold(value ^ seed, 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always) static func hash(_ bytes: UnsafePointer<UInt8>, count: Int, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        var position = 0
        while position &+ 8 <= count {
            let word = UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self)
            state = fold(state ^ word, 0xA076_1D64_78BD_642F)
            position &+= 8
        }
        var tail: UInt64 = 0
        while position < count {
            tail = tail << 8 | UInt64(bytes[position])
            position &+= 1
        }
        return fold(state ^ tail, 0xE703_7ED1_A0B4_28DB)
    }

    /// A power of two with room for `count` entries at a load of at most one half.
    static func tableSize(for count: Int) -> Int {
        var size = 16
        while size < count * 2 { size *= 2 }
        return size
    }
}
