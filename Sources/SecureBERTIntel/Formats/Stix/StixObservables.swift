import SecureBERTJSON

extension StixContext {
    /// The cyber-observable objects of an indicator (STIX 2.1, section 6), the one that it is first.
    ///
    /// None for user agents, names of rules and addresses of crypto-currencies, which STIX 2.1 has no object for, for
    /// domains that are none by its rules ("_dmarc.example.org"), and for addresses of the web without "https:".
    func observables(_ type: IndicatorType, _ value: String) -> [StixObject] {
        func one(_ type: String, _ key: String, _ value: JSON) -> [StixObject] { [observable(type, [(key, value)])] }
        func file(_ algorithm: String) -> [StixObject] {
            [observable("file", [], hashes: [(algorithm, .string(value))])]
        }
        return switch type {
        case .ipv4: one("ipv4-addr", "value", .string(value))
        case .ipv6: one("ipv6-addr", "value", .string(value))
        case .cidr: one(value.contains(":") ? "ipv6-addr" : "ipv4-addr", "value", .string(value))
        case .domain: StixValue.isDomainName(value) ? one("domain-name", "value", .string(value)) : []
        case .url: StixURI.hasScheme(value) ? one("url", "value", .string(value)) : []
        case .email: StixValue.isEmailAddress(value) ? one("email-addr", "value", .string(value)) : []
        case .md5: file("MD5")
        case .sha1: file("SHA-1")
        case .sha256: file("SHA-256")
        case .sha512: file("SHA-512")
        case .registryKey: one("windows-registry-key", "key", .string(value))
        case .filePath: path(value)
        case .fileName: one("file", "name", .string(value))
        case .mutex: one("mutex", "name", .string(value))
        case .mac: one("mac-addr", "value", .string(value))
        case .asn: StixValue.asNumber(value).map { one("autonomous-system", "number", .integer($0)) } ?? []
        case .userAgent, .bitcoin, .monero, .yaraRule, .sigmaRule, .cve, .cwe, .attackTechnique, .attackTactic,
            .attackGroup, .attackSoftware, .attackMitigation:
            []
        }
    }

    private func path(_ value: String) -> [StixObject] {
        let path = StixValue.splitPath(value)
        guard !path.folder.isEmpty else { return [observable("file", [("name", .string(value))])] }
        let folder = observable("directory", [("path", .string(path.folder))])
        guard !path.name.isEmpty else { return [folder] }
        let file = observable(
            "file", [("name", .string(path.name)), ("parent_directory_ref", .string(folder.id))])
        return [file, folder]
    }
}
