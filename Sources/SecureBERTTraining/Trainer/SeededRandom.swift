/// Random numbers that depend on a seed and on what they are for, never on what was drawn before: a run that resumes at a
/// step draws what it would have drawn. SplitMix64 (Steele et al. 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    /// - Parameters:
    ///   - seed: The run's.
    ///   - use: What the numbers are for, such as a step and a sequence of its batch.
    init(seed: UInt64, _ use: Int...) {
        state = seed
        for number in use {
            state = next() ^ UInt64(bitPattern: Int64(number))
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
