/// Patterns of STIX Patterning (STIX 2.1, section 9) that match one indicator.
enum StixPattern {
    /// The pattern; nil for identifiers, addresses of crypto-currencies and names of rules, which no object of STIX 2.1
    /// has.
    static func pattern(_ type: IndicatorType, _ value: String) -> String? {
        switch type {
        case .ipv4: equals("ipv4-addr:value", value)
        case .ipv6: equals("ipv6-addr:value", value)
        case .cidr: "[\(value.contains(":") ? "ipv6" : "ipv4")-addr:value ISSUBSET \(literal(value))]"
        case .domain: equals("domain-name:value", value)
        case .url: StixURI.hasScheme(value) ? equals("url:value", value) : "[url:value LIKE \(literal("%://" + value))]"
        case .email: equals("email-addr:value", value)
        case .md5: equals("file:hashes.MD5", value)
        case .sha1: equals("file:hashes.'SHA-1'", value)
        case .sha256: equals("file:hashes.'SHA-256'", value)
        case .sha512: equals("file:hashes.'SHA-512'", value)
        case .registryKey: equals("windows-registry-key:key", value)
        case .filePath: file(value)
        case .fileName: equals("file:name", value)
        case .mutex: equals("mutex:name", value)
        case .mac: equals("mac-addr:value", value)
        case .asn: StixValue.asNumber(value).map { "[autonomous-system:number = \($0)]" }
        case .userAgent:
            equals("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", value)
        case .cve, .cwe, .attackTechnique, .attackTactic, .attackGroup, .attackSoftware, .attackMitigation, .bitcoin,
            .monero, .yaraRule, .sigmaRule:
            nil
        }
    }

    private static func equals(_ path: String, _ value: String) -> String { "[\(path) = \(literal(value))]" }

    private static func file(_ value: String) -> String {
        let path = StixValue.splitPath(value)
        let folder = "file:parent_directory_ref.path = \(literal(path.folder))"
        return switch (path.folder.isEmpty, path.name.isEmpty) {
        case (true, _): equals("file:name", value)
        case (_, true): equals("directory:path", path.folder)
        default: "[file:name = \(literal(path.name)) AND \(folder)]"
        }
    }

    /// A string literal: a backslash before quotes and backslashes.
    static func literal(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        return String(decoding: bytes + [UInt8(ascii: "'")], as: UTF8.self)
    }
}
