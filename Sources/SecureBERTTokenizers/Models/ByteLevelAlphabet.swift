/// The printable stand-ins GPT-2 gave to bytes, so that a vocabulary of byte strings can be written as text: printable
/// Latin-1 characters stand for themselves, the others for U+0100 and up in order ("Ġ", U+0120, is the space).
enum ByteLevelAlphabet {
    /// Scalar of every byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0...255).map { (byte: UInt32) in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    private static let spellings: [[UInt8]] = scalars.map { scalar in
        var bytes: [UInt8] = []
        UTF8Reading.append(scalar, to: &bytes)
        return bytes
    }

    /// Byte of every scalar below U+0144, -1 where the scalar is not in the alphabet.
    private static let bytes: [Int16] = {
        var result = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { result[Int(scalar)] = Int16(byte) }
        return result
    }()

    /// The UTF-8 spelling of a byte's scalar.
    static func utf8(of byte: UInt8) -> [UInt8] { spellings[Int(byte)] }

    /// The byte a scalar stands for.
    static func byte(of scalar: UInt32) -> UInt8? {
        guard scalar < 0x144, bytes[Int(scalar)] >= 0 else { return nil }
        return UInt8(truncatingIfNeeded: bytes[Int(scalar)])
    }

    /// Spells the text in the alphabet; every new scalar takes the range of the byte before it in its old scalar.
    static func spell(_ text: inout AlignedText) {
        text.materialize()
        var result = AlignedText(emptyAt: text.base, capacity: text.bytes.count * 2)
        for (index, byte) in text.bytes.enumerated() {
            result.append(scalars[Int(byte)], start: text.starts[index], end: text.ends[index])
        }
        text = result
    }
}
