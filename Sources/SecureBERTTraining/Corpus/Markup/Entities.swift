/// Rule `references`: character references of HTML and XML become the characters, `&lt;` as `<`, `&#233;` and `&#xE9;` as
/// `é`. What is no known reference stays.
enum Entities {
    /// Appends part of a text with its references replaced.
    static func append(_ text: ByteView, _ range: Range<Int>, to out: inout [UInt8]) {
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            guard text[position] == 0x26, let (scalar, end) = reference(text, position, range.upperBound) else {
                position += 1
                continue
            }
            out.append(text, start..<position)
            out.append(scalar)
            (position, start) = (end, end)
        }
        out.append(text, start..<range.upperBound)
    }

    /// The text with its references replaced.
    static func decode(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x26) else { return bytes }
        return bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            append(text, 0..<text.count, to: &out)
            return out
        }
    }

    /// The character of the reference that begins at a position, and where it ends.
    private static func reference(_ text: ByteView, _ start: Int, _ limit: Int) -> (Unicode.Scalar, Int)? {
        guard let end = text[start..<min(limit, start + 12)].firstIndex(of: 0x3B), end > start + 1 else { return nil }
        let name = text.string(start + 1..<end)
        if name.first == "#" {
            let digits = name.dropFirst()
            let isHex = digits.first == "x" || digits.first == "X"
            guard let value = UInt32(isHex ? digits.dropFirst() : digits, radix: isHex ? 16 : 10),
                let scalar = Unicode.Scalar(value), value > 0
            else { return nil }
            return (scalar, end + 1)
        }
        return names[name].map { ($0, end + 1) }
    }

    /// The references that texts use; the full list of HTML has 2,231, nearly all of them mathematics.
    private static let names: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "iexcl": "¡", "cent": "¢",
        "pound": "£", "yen": "¥", "sect": "§", "uml": "¨", "copy": "©", "laquo": "«", "not": "¬", "shy": "\u{AD}",
        "reg": "®", "deg": "°", "plusmn": "±", "sup2": "²", "sup3": "³", "acute": "´", "micro": "µ", "para": "¶",
        "middot": "·", "raquo": "»", "frac14": "¼", "frac12": "½", "frac34": "¾", "iquest": "¿", "times": "×",
        "divide": "÷", "szlig": "ß", "agrave": "à", "aacute": "á", "acirc": "â", "atilde": "ã", "auml": "ä",
        "aring": "å",
        "aelig": "æ", "ccedil": "ç", "egrave": "è", "eacute": "é", "ecirc": "ê", "euml": "ë", "igrave": "ì",
        "iacute": "í", "icirc": "î", "iuml": "ï", "ntilde": "ñ", "ograve": "ò", "oacute": "ó", "ocirc": "ô",
        "otilde": "õ", "ouml": "ö", "oslash": "ø", "ugrave": "ù", "uacute": "ú", "ucirc": "û", "uuml": "ü",
        "yacute": "ý", "yuml": "ÿ", "Agrave": "À", "Aacute": "Á", "Acirc": "Â", "Auml": "Ä", "Aring": "Å", "AElig": "Æ",
        "Ccedil": "Ç", "Egrave": "È", "Eacute": "É", "Iacute": "Í", "Ntilde": "Ñ", "Oacute": "Ó", "Ouml": "Ö",
        "Oslash": "Ø", "Uacute": "Ú", "Uuml": "Ü", "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "sbquo": "‚",
        "ldquo": "“", "rdquo": "”", "bdquo": "„", "dagger": "†", "bull": "•", "hellip": "…", "permil": "‰",
        "prime": "′", "lsaquo": "‹", "rsaquo": "›", "euro": "€", "trade": "™", "larr": "←", "uarr": "↑", "rarr": "→",
        "darr": "↓", "harr": "↔", "rArr": "⇒", "minus": "−", "infin": "∞", "asymp": "≈", "ne": "≠", "le": "≤",
        "ge": "≥",
        "ensp": "\u{2002}", "emsp": "\u{2003}", "thinsp": "\u{2009}", "zwnj": "\u{200C}", "zwj": "\u{200D}",
        "lambda": "λ", "alpha": "α", "beta": "β", "pi": "π", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]",
        "lpar": "(", "rpar": ")", "ast": "*", "num": "#", "colon": ":", "comma": ",", "period": ".", "sol": "/",
        "bsol": "\\", "lowbar": "_", "vert": "|", "Tab": "\t", "NewLine": "\n", "excl": "!", "equals": "=",
    ]
}
