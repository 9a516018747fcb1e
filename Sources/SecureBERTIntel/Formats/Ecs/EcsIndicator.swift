import SecureBERTJSON

/// `threat.indicator.*` of an indicator, and `related.*` to find it by.
struct EcsIndicator {
    let members: [JSON.Object.Member]

    private typealias Members = [JSON.Object.Member]

    init(_ type: IndicatorType, _ value: String, _ finding: Finding, _ marking: TrafficLight?) {
        var indicator: Members = [("name", .string(value))]
        if let name = Self.type(type, value) { indicator.append(("type", .string(name))) }
        indicator += Self.fields(type, value)
        if finding.ports.count == 1, let port = finding.ports.first { indicator.append(("port", .integer(port))) }
        indicator += [
            ("confidence", .string(Self.rating(finding.confidence))), ("provider", "securebert"),
            ("description", .string("Named in a report as \(type.rawValue).")),
        ]
        if let marking {
            let label: JSON = ["tlp": .string(marking.rawValue.uppercased()), "tlp_version": "2.0"]
            indicator.append(("marking", label))
        }
        let threat: JSON.Object.Member = ("threat", ["indicator": .object(.init(indicator))])
        let agent: Members = type == .userAgent ? [("user_agent", ["original": .string(value)])] : []
        let related = Self.related(type, value)
        members = [threat] + agent + (related.isEmpty ? [] : [("related", .object(.init(related)))])
    }

    /// The scale of None, Low, Medium and High of STIX 2.1, appendix A.
    private static func rating(_ confidence: Int) -> String {
        switch confidence {
        case ...0: "None"
        case ..<30: "Low"
        case ..<70: "Medium"
        default: "High"
        }
    }

    /// The type of STIX that the schema names indicators by.
    private static func type(_ type: IndicatorType, _ value: String) -> String? {
        switch type {
        case .ipv4: "ipv4-addr"
        case .ipv6: "ipv6-addr"
        case .cidr: value.contains(":") ? "ipv6-addr" : "ipv4-addr"
        case .domain: "domain-name"
        case .url: "url"
        case .email: "email-addr"
        case .md5, .sha1, .sha256, .sha512, .filePath, .fileName: "file"
        case .registryKey: "windows-registry-key"
        case .mutex: "mutex"
        case .mac: "mac-addr"
        case .asn: "autonomous-system"
        case .userAgent, .bitcoin, .monero, .yaraRule, .sigmaRule, .cve, .cwe, .attackTechnique, .attackTactic,
            .attackGroup, .attackSoftware, .attackMitigation:
            nil
        }
    }

    private static func fields(_ type: IndicatorType, _ value: String) -> Members {
        switch type {
        case .ipv4, .ipv6: [("ip", .string(value))]
        case .domain: [("url", ["domain": .string(value)])]
        case .url: [("url", ["full": .string(value)])]
        case .email: [("email", ["address": .string(value)])]
        case .md5, .sha1, .sha256, .sha512: [("file", ["hash": .object(.init([(type.rawValue, .string(value))]))])]
        case .fileName: [("file", ["name": .string(value)])]
        case .filePath: [("file", path(value))]
        case .registryKey: [("registry", registry(value))]
        case .asn: StixValue.asNumber(value).map { [("as", ["number": .integer($0)])] } ?? []
        default: []
        }
    }

    private static func path(_ value: String) -> JSON {
        let (folder, name) = StixValue.splitPath(value)
        let all: Members = [("path", value), ("directory", folder), ("name", name)].compactMap { key, text in
            text.isEmpty ? nil : (key, .string(text))
        }
        return .object(.init(all))
    }

    /// The hive in its short form, the key below it, and the whole.
    private static func registry(_ value: String) -> JSON {
        let parts = StixValue.normalized(.registryKey, value).split(separator: "\\", maxSplits: 1)
        let whole: Members = [("path", .string(value))]
        guard parts.count == 2, let hive = StixValue.hives.first(where: { $0.value == parts[0] })?.key else {
            return .object(.init(whole))
        }
        return .object(.init(whole + [("hive", .string(hive)), ("key", .string(String(parts[1])))]))
    }

    private static func related(_ type: IndicatorType, _ value: String) -> Members {
        let values: JSON = [.string(value)]
        return switch type {
        case .ipv4, .ipv6: [("ip", values)]
        case .md5, .sha1, .sha256, .sha512: [("hash", values)]
        case .domain: [("hosts", values)]
        default: []
        }
    }
}
