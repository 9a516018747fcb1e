import SecureBERTCheckpoint

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }

    /// The text fit for one line of a terminal: control characters and those that change the writing direction are spelled
    /// out. Texts and names come from strangers, and a terminal obeys what it is shown.
    var visible: String {
        var out = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x09: out += "\\t"
            default:
                if scalar.isPrintable {
                    out.unicodeScalars.append(scalar)
                } else {
                    out += "\\u{\(String(scalar.value, radix: 16))}"
                }
            }
        }
        return out
    }

    /// The text in at most this many columns, with an ellipsis where it was cut.
    func shortened(to columns: Int) -> String {
        guard displayWidth > columns else { return String(self) }
        var width = 0
        var end = startIndex
        while end < endIndex, width + self[end].displayWidth <= columns - 1 {
            width += self[end].displayWidth
            formIndex(after: &end)
        }
        return self[..<end] + "…"
    }

    /// Columns that the text takes on a terminal.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }
}

extension Character {
    /// Columns on a terminal: two for East Asian wide characters and pictographs.
    var displayWidth: Int {
        guard let scalar = unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0..<0x300: return 1
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}

extension BinaryFloatingPoint {
    /// The number with this many digits behind the point, for people; results for programs keep all digits.
    func fixed(_ digits: Int) -> String {
        guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (Double(self).magnitude * scale).rounded()
        guard scaled < 9e15 else { return "\(Double(self))" }
        let (whole, fraction) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let digitsText = String(fraction)
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - digitsText.count) + digitsText
    }
}

extension Int {
    /// A count with thousands separated: `1,234,567`.
    var grouped: String {
        var out = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return (self < 0 ? "-" : "") + String(out.reversed())
    }

    /// The number with a noun that ends in "s" unless it is one: `1 file`, `1,234 files`.
    func counted(_ noun: String, plural: String? = nil) -> String {
        "\(grouped) \(self == 1 ? noun : plural ?? noun + "s")"
    }

    /// A number of bytes in binary units: `596.1 MiB`.
    var byteSize: String {
        var value = Double(self)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB"] {
            guard value >= 1023.95 else { break }
            value /= 1024
            unit = next
        }
        return unit == "B" ? "\(self) B" : "\(value.fixed(1)) \(unit)"
    }
}

extension String {
    /// The text broken at spaces into lines of at most this many columns; what does not fit the number of lines ends in an
    /// ellipsis.
    func wrapped(to columns: Int, lines limit: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.displayWidth + 1 + word.displayWidth > columns {
                if lines.count == limit - 1 {
                    while line.displayWidth + 2 > columns, let space = line.lastIndex(of: " ") {
                        line = String(line[..<space])
                    }
                    return lines + [(line + " …").shortened(to: columns)]
                }
                lines.append(line.shortened(to: columns))
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line.shortened(to: columns)]
    }
}
