/// Rule `characters`: one spelling for what looks the same.
///
/// | from | to |
/// |---|---|
/// | carriage return, with or without line feed | line feed |
/// | form feed, vertical tab | line feed |
/// | a character and a backspace (overstruck manual pages: `N\u{8}NA\u{8}A`) | removed: `NA` |
/// | escape sequences of terminals, other control characters, U+FFFD | removed |
/// | zero-width characters, soft hyphens, direction marks, byte order marks | removed |
/// | no-break and typographic spaces | space |
/// | `‘ ’ ‚ ′` | `'` |
/// | `“ ” „ ″ « »` | `"` |
/// | `‐ ‑ ‒ −` | `-` |
/// | `– —` | `-` with spaces around as they are |
/// | `…` | `...` |
/// | ligatures `ﬁ ﬂ ﬀ ﬃ ﬄ` | letters |
/// | `•`, `‣`, `◦`, `▪`, `●`, `·` at the start of a line | `-` |
package enum Characters {
    package static func clean(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            guard let first = text.firstIndex(where: { isSpecial($0) }) else { return bytes }
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            out.append(text, 0..<first)
            var position = first
            while position < text.count {
                position = step(text, position, &out)
                var end = position
                while end < text.count, !isSpecial(text[end]) { end += 1 }
                out.append(text, position..<end)
                position = end
            }
            return out
        }
    }

    /// Whether a byte needs a look: everything but printable ASCII, tabs and line feeds.
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool { byte >= 0x7F || byte < 0x20 && byte != 0x0A && byte != 0x09 }

    /// Handles the special byte at a position; returns the position behind it.
    private static func step(_ text: ByteView, _ position: Int, _ out: inout [UInt8]) -> Int {
        switch text[position] {
        case 0x0D:
            out.append(0x0A)
            return text.has("\n", at: position + 1) ? position + 2 : position + 1
        case 0x0B, 0x0C:
            out.append(0x0A)
            return position + 1
        case 0x08:
            removeLastScalar(&out)
            return position + 1
        case 0x1B: return escapeEnd(text, position)
        case 0..<0x20, 0x7F: return position + 1
        default:
            let (value, length) = text.scalar(at: position)
            appendReplacement(of: value, text, position..<min(text.count, position + length), &out)
            return min(text.count, position + length)
        }
    }

    private static func removeLastScalar(_ out: inout [UInt8]) {
        while let last = out.last, last != 0x0A {
            out.removeLast()
            if last & 0xC0 != 0x80 { return }
        }
    }

    /// Behind `ESC [ ... letter`, or behind the escape character.
    private static func escapeEnd(_ text: ByteView, _ position: Int) -> Int {
        guard text.has("[", at: position + 1) else { return position + 1 }
        var end = position + 2
        while end < text.count, (0x20...0x3F).contains(text[end]) { end += 1 }
        return end < text.count && (0x40...0x7E).contains(text[end]) ? end + 1 : end
    }

    private static func appendReplacement(
        of scalar: UInt32, _ text: ByteView, _ range: Range<Int>, _ out: inout [UInt8]
    ) {
        switch scalar {
        case 0x00A0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: out.append(0x20)
        case 0x2028, 0x2029, 0x0085: out.append(0x0A)
        case 0x0080...0x009F, 0x00AD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF,
            0xFFF9...0xFFFD, 0xE0000...0xE0FFF, 0xE000...0xF8FF:
            break
        case 0x2018, 0x2019, 0x201A, 0x201B, 0x2032: out.append(0x27)
        case 0x201C, 0x201D, 0x201E, 0x201F, 0x2033, 0x00AB, 0x00BB: out.append(0x22)
        case 0x2010...0x2015, 0x2212: out.append(0x2D)
        case 0x2026: out.append("...")
        case 0xFB00: out.append("ff")
        case 0xFB01: out.append("fi")
        case 0xFB02: out.append("fl")
        case 0xFB03: out.append("ffi")
        case 0xFB04: out.append("ffl")
        default:
            let isBullet = [0x2022, 0x2023, 0x25E6, 0x25AA, 0x25CF, 0x00B7].contains(scalar)
            if isBullet, isAtLineStart(out) { out.append(0x2D) } else { out.append(text, range) }
        }
    }

    private static func isAtLineStart(_ out: [UInt8]) -> Bool {
        for byte in out.reversed() {
            if byte == 0x0A { return true }
            if !byte.isBlank { return false }
        }
        return true
    }
}
