extension StringProtocol {
    /// The text fit for a terminal or a log: control and direction-changing characters escaped, at most 200
    /// characters. Names in model files and error texts of servers are chosen by strangers.
    package var printable: String {
        var out = ""
        for (index, scalar) in unicodeScalars.enumerated() {
            guard index < 200 else { return out + "..." }
            if scalar.isPrintable {
                out.unicodeScalars.append(scalar)
            } else {
                out += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return out
    }

    /// ``printable`` in quotes.
    package var quoted: String { "\"\(printable)\"" }
}

extension Unicode.Scalar {
    /// Neither a control character nor one that changes the direction or the lines of the text around it.
    package var isPrintable: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
        default: true
        }
    }
}
