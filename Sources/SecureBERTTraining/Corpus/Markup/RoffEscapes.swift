/// Escape sequences of roff: fonts and sizes are dropped, names of characters become characters.
enum RoffEscapes {
    /// Appends what the sequence stands for whose backslash is before `start`; returns where it ends.
    static func append(_ text: ByteView, _ start: Int, _ out: inout [UInt8]) -> Int {
        var end = end(text, start, &out)
        // A name of two bytes may have cut a character.
        while end < text.count, end > start + 1, text[end] & 0xC0 == 0x80 { end += 1 }
        return min(end, text.count)
    }

    private static func end(_ text: ByteView, _ start: Int, _ out: inout [UInt8]) -> Int {
        switch text[start] {
        case 0x66, 0x2A, 0x6E, 0x6B, 0x46, 0x6D, 0x4D: return named(text, start, &out)
        case 0x73: return size(text, start)
        case 0x28:
            guard start + 2 < text.count else { return text.count }
            append(name: text.string(start + 1..<start + 3), &out)
            return start + 3
        case 0x5B:
            guard let end = text.position(of: 0x5D, from: start) else { return text.count }
            append(name: text.string(start + 1..<end), &out)
            return end + 1
        case 0x2D:
            out.append(0x2D)
            return start + 1
        case 0x65, 0x5C:
            out.append(0x5C)
            return start + 1
        case 0x27, 0x60, 0x2E:
            out.append(text[start] == 0x60 ? 0x27 : text[start])
            return start + 1
        case 0x20, 0x7E, 0x30:
            out.append(0x20)
            return start + 1
        case 0x22, 0x23: return text.count
        case 0x68, 0x76, 0x77, 0x6C, 0x4C, 0x6F, 0x7A, 0x44, 0x78, 0x41, 0x42, 0x43, 0x4E, 0x52, 0x58, 0x5A, 0x62, 0x48,
            0x53:
            return argument(text, start)
        // Zero-width marks, hyphenation points, spaces that are not printed.
        case 0x26, 0x25, 0x7C, 0x5E, 0x2F, 0x2C, 0x29, 0x3A, 0x63, 0x61, 0x74, 0x70, 0x64, 0x75, 0x7B, 0x7D:
            return start + 1
        default:
            out.append(text[start])
            return start + 1
        }
    }

    /// `\fB`, `\f(CW`, `\*(lq`, `\n[x]`.
    private static func named(_ text: ByteView, _ start: Int, _ out: inout [UInt8]) -> Int {
        let isString = text[start] == 0x2A
        guard start + 1 < text.count else { return text.count }
        let name: Range<Int>
        let end: Int
        if text[start + 1] == 0x28 {
            end = min(text.count, start + 4)
            name = min(start + 2, end)..<end
        } else if text[start + 1] == 0x5B {
            let close = text.position(of: 0x5D, from: start) ?? text.count
            name = min(start + 2, close)..<close
            end = min(text.count, close + 1)
        } else {
            end = start + 2
            name = start + 1..<end
        }
        if isString { append(name: text.string(name), &out) }
        return end
    }

    /// `\s-1`, `\s+2`, `\s0`, `\s[...]`.
    private static func size(_ text: ByteView, _ start: Int) -> Int {
        var position = start + 1
        if text.has("[", at: position) { return (text.position(of: 0x5D, from: position) ?? text.count - 1) + 1 }
        if position < text.count, text[position] == 0x2B || text[position] == 0x2D { position += 1 }
        if position < text.count, text[position].isDigit { position += 1 }
        return position
    }

    /// `\h'...'` and the like: the argument is between two equal characters.
    private static func argument(_ text: ByteView, _ start: Int) -> Int {
        guard start + 1 < text.count, let end = text.position(of: text[start + 1], from: start + 2) else {
            return min(text.count, start + 1)
        }
        return end + 1
    }

    private static func append(name: String, _ out: inout [UInt8]) {
        if let scalar = characters[name] {
            out.append(scalar)
        } else if name.hasPrefix("u"), let value = UInt32(name.dropFirst(), radix: 16),
            let scalar = Unicode.Scalar(value)
        {
            out.append(scalar)
        }
    }

    private static let characters: [String: Unicode.Scalar] = [
        "aq": "'", "dq": "\"", "lq": "\"", "rq": "\"", "oq": "'", "cq": "'", "em": "-", "en": "-", "hy": "-", "mi": "-",
        "bu": "-", "co": "©", "rg": "®", "tm": "™", "ha": "^", "ti": "~", "ga": "`", "rs": "\\", "sl": "/", "at": "@",
        "sh": "#", "Do": "$", "bv": "|", "ba": "|", "or": "|", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "<",
        "ra": ">", "<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "<-": "←", "mu": "×", "de": "°", "Lq": "\"", "Rq": "\"",
        "Tm": "™", "R": "®", "S": " ", "e'": "é", "e`": "è", "a'": "á", "o'": "ó", "u'": "ú", "i'": "í", "n~": "ñ",
        ":u": "ü",
        ":o": "ö", ":a": "ä", "ss": "ß", "'e": "é", "'a": "á", "'o": "ó", "'i": "í", "'u": "ú", ",c": "ç", "/o": "ø",
        "oa": "å",
        "eq": "=", "pl": "+", "**": "*", "sq": "□", "ul": "_", "ru": "_", "==": "≡", "+-": "±", "12": "½", "14": "¼",
        "34": "¾",
        "*a": "α", "*b": "β", "*l": "λ", "*m": "μ", "*p": "π", "if": "∞", "dg": "†", "sc": "§", "Eu": "€", "Po": "£",
        "fm": "'",
    ]
}
