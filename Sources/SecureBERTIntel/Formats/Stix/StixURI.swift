/// Addresses of the web as URIs (RFC 3986): bytes that it has no room for become percent escapes (RFC 3987, section
/// 3.1).
enum StixURI {
    static func uri(_ value: String) -> String {
        let bytes = Array(value.utf8)
        let literal = addressLiteral(bytes)
        var result: [UInt8] = []
        var isFragment = false
        for (place, byte) in bytes.enumerated() {
            let isMark = byte == UInt8(ascii: "#")
            let isEscape = byte == UInt8(ascii: "%") && bytes[(place + 1)...].prefix(2).filter(\.isHexDigit).count == 2
            if literal.contains(place) || isEscape || byte.isURIByte && !(isMark && isFragment) {
                result.append(byte)
            } else {
                result += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8
            }
            if isMark { isFragment = true }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether an address says how it is read ("https:"): reports leave that out.
    static func hasScheme(_ value: String) -> Bool {
        let scheme = value.utf8.prefix { $0.isAlphanumeric || "+-.".utf8.contains($0) }
        return scheme.first?.isLetter == true && value.utf8.dropFirst(scheme.count).starts(with: "://".utf8)
    }

    /// Where the IPv6 address of a host is, with its brackets: the only place for brackets.
    private static func addressLiteral(_ bytes: [UInt8]) -> Range<Int> {
        let scheme = bytes.prefix { $0.isAlphanumeric }
        let start = scheme.count + 3
        guard bytes.dropFirst(scheme.count).starts(with: "://[".utf8) else { return 0..<0 }
        let inside = bytes[(start + 1)...].prefix {
            $0.isHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
        }
        guard inside.endIndex < bytes.count, bytes[inside.endIndex] == UInt8(ascii: "]") else { return 0..<0 }
        return start..<inside.endIndex + 1
    }
}

extension UInt8 {
    /// Whether the byte may stand in a URI as it is; brackets may in one place only.
    fileprivate var isURIByte: Bool { isAlphanumeric || "-._~:/?#@!$&'()*+,;=".utf8.contains(self) }
}
