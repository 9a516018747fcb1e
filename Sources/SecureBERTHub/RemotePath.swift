import SecureBERTCheckpoint

/// File names that come from a server.
///
/// They become names on this computer, so only plain relative paths are let through.
enum RemotePath {
    /// What is wrong with a path, as a clause; nil when it is safe.
    static func problem(_ path: String) -> String? {
        guard !path.isEmpty else { return "is empty" }
        guard path.utf8.count <= 1024 else { return "is longer than 1024 bytes" }
        guard path.unicodeScalars.allSatisfy(\.isPrintable) else { return "has control characters" }
        guard !path.utf8.contains(UInt8(ascii: "\\")) else { return "has a backslash" }
        // By bytes: as a character, a slash with a combining mark behind it would not count as a slash.
        let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard components.count <= 32 else { return "is more than 32 folders deep" }
        for component in components {
            if component.isEmpty {
                return path.utf8.first == UInt8(ascii: "/") ? "is an absolute path" : "has an empty part"
            }
            if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) {
                return "has a part that is \"\(Substring(component))\""
            }
            if component.count > 255 { return "has a part longer than 255 bytes" }
        }
        return nil
    }

    /// The path as part of an address: everything but letters, digits and `-._~/` as `%XX`.
    static func percentEncoded(_ path: String, keepingSlashes: Bool = true) -> String {
        var out = ""
        for byte in path.utf8 {
            if byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte) || keepingSlashes && byte == UInt8(ascii: "/") {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
