/// A vector as it is stored in each format, and back.
enum VectorCoding {
    /// Bytes of a vector, and the scale of one: `value = scale * byte`. The bytes are in `-127...127`.
    static func quantize(_ vector: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableBufferPointer<Int8>) -> Float {
        let largest = vector.reduce(0) { max($0, abs($1)) }
        let scale = largest / 127
        // Vectors so short that their scale is no normal number are stored as zero.
        guard scale.isNormal else {
            bytes.update(repeating: 0)
            return 0
        }
        for (index, value) in vector.enumerated() {
            bytes[index] = Int8(max(-127, min(127, (value / scale).rounded())))
        }
        return scale
    }

    /// The signs of a vector as bits, the first in the lowest bit of the first byte; zero counts as positive, a one.
    static func signs(_ vector: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableRawBufferPointer) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        for (index, value) in vector.enumerated() where value >= 0 { bytes[index >> 3] |= 1 << UInt8(index & 7) }
    }

    /// Stores a finite vector.
    /// - Parameter row: ``VectorFormat/rowBytes(dimensions:)`` bytes.
    static func encode(
        _ vector: UnsafeBufferPointer<Float>, as format: VectorFormat, into row: UnsafeMutableRawBufferPointer
    ) {
        switch format {
        case .float32: row.copyMemory(from: UnsafeRawBufferPointer(vector))
        case .int8:
            row.initializeMemory(as: UInt8.self, repeating: 0)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: row[4..<4 + vector.count]).bindMemory(to: Int8.self)
            row.storeBytes(of: quantize(vector, into: bytes), as: Float.self)
        case .binary: signs(vector, into: row)
        }
    }

    /// The vector that is stored, as far as the format keeps it; of signs, 1 and -1.
    /// - Parameter vector: As many floats as there are dimensions.
    static func decode(
        _ row: UnsafeRawBufferPointer, as format: VectorFormat, into vector: UnsafeMutableBufferPointer<Float>
    ) {
        switch format {
        case .float32: UnsafeMutableRawBufferPointer(vector).copyMemory(from: row)
        case .int8:
            let scale = row.loadUnaligned(as: Float.self)
            for index in vector.indices { vector[index] = scale * Float(Int8(bitPattern: row[4 + index])) }
        case .binary:
            for index in vector.indices { vector[index] = row[index >> 3] >> UInt8(index & 7) & 1 == 1 ? 1 : -1 }
        }
    }
}
