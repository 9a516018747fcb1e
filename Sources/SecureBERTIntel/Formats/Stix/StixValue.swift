/// Values of indicators in the form that STIX 2.1 (section 6) asks for.
enum StixValue {
    /// What stands in patterns and objects for the value of an indicator.
    static func normalized(_ type: IndicatorType, _ value: String) -> String {
        switch type {
        case .url: StixURI.uri(value)
        case .ipv6: withoutDottedPart(value)
        case .registryKey: withFullHive(value)
        case .mac: hardwareAddress(value)
        default: value
        }
    }

    /// The folder of a path without its last separator, unless it is a root, and what follows it.
    static func splitPath(_ path: String) -> (folder: String, name: String) {
        guard let end = path.lastIndex(where: { $0 == "/" || $0 == "\\" }) else { return ("", path) }
        let folder = path[..<end]
        let isRoot = folder.isEmpty || folder.hasSuffix(":")
        return (String(isRoot ? path[...end] : folder), String(path[path.index(after: end)...]))
    }

    /// The number of "AS13335".
    static func asNumber(_ value: String) -> Int? {
        let digits = value.uppercased().hasPrefix("AS") ? value.dropFirst(2) : value[...]
        return UInt32(digits).map { Int($0) }
    }

    /// The part of section 6.4 that names keep to: labels of at most 63 letters, digits and hyphens (RFC 5890).
    static func isDomainName(_ value: String) -> Bool {
        let labels = value.split(separator: ".", omittingEmptySubsequences: false)
        return value.utf8.count <= 253
            && labels.allSatisfy { label in
                let isReserved = label.dropFirst(2).hasPrefix("--") && !label.hasPrefix("xn--")
                return (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && !isReserved && label.unicodeScalars.allSatisfy(isDomainScalar)
            }
    }

    /// Section 6.5: an address specification of RFC 5322 whose local part has no unusual characters.
    static func isEmailAddress(_ value: String) -> Bool {
        let parts = value.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].contains("."), isDomainName(String(parts[1])),
            parts[1].utf8.allSatisfy({ $0 < 0x80 }), parts[0].utf8.count <= 64
        else { return false }
        return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.utf8.allSatisfy { $0.isAlphanumeric || "_+-".utf8.contains($0) }
        }
    }

    private static func isDomainScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return scalar == "-" || UInt8(truncatingIfNeeded: scalar.value).isAlphanumeric }
        // These stand in composed letters only (normalization form C).
        if (0x300...0x36F).contains(scalar.value) { return false }
        return switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
        default: false
        }
    }

    /// "::ffff:192.0.2.1" as "::ffff:c000:201".
    private static func withoutDottedPart(_ value: String) -> String {
        guard let colon = value.lastIndex(of: ":") else { return value }
        let numbers = value[value.index(after: colon)...].split(separator: ".").compactMap { UInt8($0) }
        guard numbers.count == 4 else { return value }
        let groups = [0, 2].map { String(Int(numbers[$0]) << 8 | Int(numbers[$0 + 1]), radix: 16) }
        return value[...colon] + groups.joined(separator: ":")
    }

    /// The hives of the registry by their short names.
    static let hives = [
        "HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS",
        "HKCC": "HKEY_CURRENT_CONFIG",
    ]

    /// Section 6.17: hives are written in full.
    private static func withFullHive(_ value: String) -> String {
        let hive = value.prefix { $0 != "\\" }
        return hives[hive.uppercased()].map { $0 + value.dropFirst(hive.count) } ?? value
    }

    /// Section 6.9: lower case, colons between octets.
    private static func hardwareAddress(_ value: String) -> String {
        let digits = Array(value.lowercased().utf8.filter(\.isHexDigit))
        guard digits.count == 12 else { return value }
        let octets = stride(from: 0, to: 12, by: 2).map { String(decoding: digits[$0..<$0 + 2], as: UTF8.self) }
        return octets.joined(separator: ":")
    }
}
