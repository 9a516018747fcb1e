import SecureBERTJSON

/// JSON in the one form that RFC 8785 defines, of values without fractions.
enum CanonicalJSON {
    static func bytes(_ value: JSON) -> [UInt8] {
        var out: [UInt8] = []
        write(value, into: &out)
        return out
    }

    private static func write(_ value: JSON, into out: inout [UInt8]) {
        switch value {
        case .string(let text): write(text, into: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(element, into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            let members = object.members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(member.key, into: &out)
                out.append(UInt8(ascii: ":"))
                write(member.value, into: &out)
            }
            out.append(UInt8(ascii: "}"))
        case .null, .bool, .integer, .number: value.write(into: &out)
        }
    }

    /// As `JSON` writes it, except for the two control characters that have a short escape there.
    private static func write(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for part in text.utf8.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x08 || $0 == 0x0C }) {
            if part.startIndex > text.utf8.startIndex {
                let separator = text.utf8[text.utf8.index(before: part.startIndex)]
                out.append(contentsOf: (separator == 0x08 ? #"\b"# : #"\f"#).utf8)
            }
            var quoted: [UInt8] = []
            JSON.string(String(decoding: part, as: UTF8.self)).write(into: &quoted)
            out.append(contentsOf: quoted.dropFirst().dropLast())
        }
        out.append(UInt8(ascii: "\""))
    }
}
