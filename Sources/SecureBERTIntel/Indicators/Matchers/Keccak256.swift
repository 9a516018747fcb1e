/// Keccak with 256 bits of output and the padding of the submission to the SHA-3 competition (The Keccak reference,
/// version 3.0), as Monero uses it; FIPS 202 pads differently.
package enum Keccak256 {
    /// Bytes that are absorbed at once: 1600 bits less twice the output.
    private static let rate = 136

    /// The digest, 32 bytes.
    package static func hash(_ message: some Collection<UInt8>) -> [UInt8] {
        var padded = Array(message)
        padded.append(0x01)
        padded += [UInt8](repeating: 0, count: (rate - padded.count % rate) % rate)
        padded[padded.count - 1] |= 0x80
        var state = [UInt64](repeating: 0, count: 25)
        for block in stride(from: 0, to: padded.count, by: rate) {
            for lane in 0..<(rate / 8) {
                let bytes = padded[(block + lane * 8)..<(block + lane * 8 + 8)]
                state[lane] ^= bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            permute(&state)
        }
        return (0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64($0 % 8 * 8)) }
    }

    /// Keccak-f[1600].
    private static func permute(_ lanes: inout [UInt64]) {
        for constant in roundConstants {
            // Theta.
            let parity = (0..<5).map { x in stride(from: x, to: 25, by: 5).reduce(0) { $0 ^ lanes[$1] } }
            for x in 0..<5 {
                let change = parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1)
                for y in 0..<5 { lanes[x + 5 * y] ^= change }
            }
            // Rho and pi: along the path of 24 lanes, each moves to the next place.
            var (x, y, moved) = (1, 0, lanes[1])
            for step in 1...24 {
                (x, y) = (y, (2 * x + 3 * y) % 5)
                let rotated = rotate(moved, step * (step + 1) / 2 % 64)
                moved = lanes[x + 5 * y]
                lanes[x + 5 * y] = rotated
            }
            // Chi.
            for row in stride(from: 0, to: 25, by: 5) {
                let old = Array(lanes[row..<(row + 5)])
                for x in 0..<5 { lanes[row + x] = old[x] ^ (~old[(x + 1) % 5] & old[(x + 2) % 5]) }
            }
            // Iota.
            lanes[0] ^= constant
        }
    }

    private static func rotate(_ lane: UInt64, _ count: Int) -> UInt64 {
        count == 0 ? lane : lane << UInt64(count) | lane >> UInt64(64 - count)
    }

    /// From the shift register of the specification.
    private static let roundConstants: [UInt64] = {
        var register: UInt8 = 1
        return (0..<24).map { _ in
            var constant: UInt64 = 0
            for power in 0..<7 {
                if register & 1 == 1 { constant |= 1 << ((UInt64(1) << UInt64(power)) - 1) }
                register = register << 1 ^ (register & 0x80 == 0 ? 0 : 0x71)
            }
            return constant
        }
    }()
}
