#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension SeededRandom {
    /// A number from the standard normal distribution (Box and Muller 1958).
    mutating func nextNormal() -> Double {
        // 53 bits each; the first is never zero.
        let radius = Double((next() >> 11) + 1) * 0x1p-53
        let angle = Double(next() >> 11) * 0x1p-53
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
    }
}
