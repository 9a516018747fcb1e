#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Normally distributed numbers of mean 0 and deviation 1: SplitMix64 (Steele et al. 2014) through Box and Muller's transform
/// (1958).
struct NormalGenerator {
    private var state: UInt64
    private var spare: Double?

    init(seed: UInt64) { state = seed }

    /// The next number within `cutoff` of 0.
    mutating func next(cutoff: Float) -> Float {
        while true {
            let number = Float(next())
            if abs(number) <= cutoff { return number }
        }
    }

    private mutating func next() -> Double {
        if let spare {
            self.spare = nil
            return spare
        }
        // 1 - u is in (0, 1], whose logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    /// In [0, 1), with 53 random bits.
    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ (bits >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
