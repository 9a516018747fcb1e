/// What an indicator is. The raw values are the names in output.
public enum IndicatorType: String, Sendable, CaseIterable, Codable {
    case ipv4, ipv6, cidr, domain, url, email, md5, sha1, sha256, sha512, cve, cwe
    case attackTechnique = "attack-technique"
    case attackTactic = "attack-tactic"
    case attackGroup = "attack-group"
    case attackSoftware = "attack-software"
    case attackMitigation = "attack-mitigation"
    case registryKey = "registry-key"
    case filePath = "file-path"
    case fileName = "file-name"
    case mutex
    case userAgent = "user-agent"
    case bitcoin, monero, asn, mac
    case yaraRule = "yara-rule"
    case sigmaRule = "sigma-rule"
}
