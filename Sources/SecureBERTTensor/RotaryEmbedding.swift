import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Rotary positions (Su et al. 2021, arXiv 2104.09864) in the half-split convention of Hugging Face: element `i` of a
/// head is rotated together with element `i + headSize / 2`.
///
/// The tables are made when first needed, for as many positions as were needed so far.
public final class RotaryEmbedding: Sendable {
    /// Elements of a head, even.
    public let headSize: Int
    /// Base of the wavelengths.
    public let theta: Double

    private let tables: Mutex<Tables?> = Mutex(nil)

    /// Cosines and sines of the angles, each `[positions, headSize / 2]`.
    package struct Tables: Sendable {
        package let cosines: Tensor
        package let sines: Tensor
        var positions: Int { cosines.shape[0] }
    }

    /// - Throws: ``TensorError`` when the head size is odd or theta is not a positive number.
    public init(headSize: Int, theta: Double) throws(TensorError) {
        guard headSize > 0, headSize.isMultiple(of: 2), theta > 0, theta.isFinite else {
            throw TensorError(
                .invalidShape, operation: "rotary", expected: "an even head size and a positive theta",
                found: "head size \(headSize), theta \(theta)")
        }
        self.headSize = headSize
        self.theta = theta
    }

    /// Tables with at least that many positions.
    package func tables(positions: Int) throws(TensorError) -> Tables {
        try tables.withLock { cached throws(TensorError) in
            if let cached, cached.positions >= positions { return cached }
            let made = try makeTables(positions: max(positions, min(2 * (cached?.positions ?? 0), 1 << 20)))
            cached = made
            return made
        }
    }

    /// Frequencies, angles and results are rounded to float32 at the same places as in the reference, because at
    /// position 8,191 the last bit of a frequency is worth 5e-4 of an angle.
    private func makeTables(positions: Int) throws(TensorError) -> Tables {
        let half = headSize / 2
        let frequencies = (0..<half).map { index in
            1 / Float(pow(theta, Double(Float(2 * index) / Float(headSize))))
        }
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(positions * half)
        sines.reserveCapacity(positions * half)
        for position in 0..<positions {
            for frequency in frequencies {
                let angle = Double(Float(position) * frequency)
                cosines.append(Float(cos(angle)))
                sines.append(Float(sin(angle)))
            }
        }
        return Tables(
            cosines: try Tensor(cosines, shape: [positions, half]), sines: try Tensor(sines, shape: [positions, half]))
    }
}
