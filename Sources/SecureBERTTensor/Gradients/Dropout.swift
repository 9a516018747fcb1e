/// Where dropout gets its randomness: each use of a layer in a forward pass has a key of its own, and an element is kept or
/// dropped by a hash of key and index, so that the backward pass and a recomputed layer see the same mask.
///
/// `@unchecked Sendable`: used by the one thread that records.
public final class DropoutKeys: @unchecked Sendable {
    private let seed: UInt64
    var used: UInt64 = 0

    /// - Parameter seed: Equal seeds drop equal elements in the same forward pass.
    public init(seed: UInt64) { self.seed = seed }

    func next() -> UInt64 {
        used &+= 1
        // The finalizer of SplitMix64 (Steele et al. 2014): neighbouring inputs give unrelated keys.
        var key = seed &+ used &* 0x9E37_79B9_7F4A_7C15
        key = (key ^ (key >> 30)) &* 0xBF58_476D_1CE4_E5B9
        key = (key ^ (key >> 27)) &* 0x94D0_49BB_1331_11EB
        return key ^ (key >> 31)
    }
}
