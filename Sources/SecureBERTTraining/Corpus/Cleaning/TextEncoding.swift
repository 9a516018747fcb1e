/// Rule `encoding`: every text becomes UTF-8.
///
/// - A byte order mark is removed; UTF-16 is converted.
/// - Bytes that are not UTF-8 are read as Windows-1252, the superset of Latin-1 that old files use: `caf\xE9` becomes
///   `café`, `\x93quoted\x94` becomes `“quoted”`.
package enum TextEncoding {
    package static func utf8(of bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return utf8(of: Array(bytes.dropFirst(3))) }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return Array(String(decoding: utf16(bytes), as: UTF16.self).utf8)
        }
        if bytes.isValidUTF8 { return bytes }
        return repaired(bytes)
    }

    private static func utf16(_ bytes: [UInt8]) -> [UInt16] {
        let isLittle = bytes[0] == 0xFF
        return stride(from: 2, to: bytes.count - 1, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isLittle ? first | second << 8 : first << 8 | second
        }
    }

    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 8)
        bytes.view { text in
            var position = 0
            while position < text.count {
                let length = text.scalarLength(at: position)
                if length > 0 {
                    out.append(text, position..<position + length)
                    position += length
                } else {
                    out.append(windows1252(text[position]))
                    position += 1
                }
            }
        }
        return out
    }

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        let high: [UInt16] = [
            0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
            0xFFFD,
            0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161,
            0x203A,
            0x0153, 0xFFFD, 0x017E, 0x0178,
        ]
        guard (0x80..<0xA0).contains(byte) else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(high[Int(byte) - 0x80]) ?? "\u{FFFD}"
    }
}

extension [UInt8] {
    /// Whether the bytes are UTF-8.
    var isValidUTF8: Bool {
        view { text in
            var position = 0
            while position < text.count {
                if text[position] < 0x80 {
                    position += 1
                    continue
                }
                let length = text.scalarLength(at: position)
                if length == 0 { return false }
                position += length
            }
            return true
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Bytes of the UTF-8 character at a position; 0 when there is none.
    func scalarLength(at position: Int) -> Int {
        let first = self[position]
        func follows(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            position + offset < count && range.contains(self[position + offset])
        }
        switch first {
        case 0..<0x80: return 1
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0: return follows(1, 0xA0...0xBF) && follows(2) ? 3 : 0
        case 0xED: return follows(1, 0x80...0x9F) && follows(2) ? 3 : 0
        case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
        case 0xF0: return follows(1, 0x90...0xBF) && follows(2) && follows(3) ? 4 : 0
        case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
        case 0xF4: return follows(1, 0x80...0x8F) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }

    /// The character of valid UTF-8 at a position, and its length.
    func scalar(at position: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[position])
        func tail(_ offset: Int) -> UInt32 { position + offset < count ? UInt32(self[position + offset] & 0x3F) : 0 }
        switch first {
        case 0..<0x80: return (first, 1)
        case 0x80..<0xE0: return ((first & 0x1F) << 6 | tail(1), 2)
        case 0xE0..<0xF0: return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3)
        default: return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
        }
    }
}
