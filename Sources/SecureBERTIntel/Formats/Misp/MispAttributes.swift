import SecureBERTJSON

/// The attributes of an event, each type and value once.
struct MispAttributes {
    private(set) var attributes: [JSON] = []
    private let event: String
    private var seen: Set<String> = []

    init(_ findings: [Finding], event: String) {
        self.event = event
        addEvidence(findings)
        for finding in findings {
            switch finding.subject {
            case .indicator(let type, let value): addIndicator(type, value, finding)
            case .vulnerability(let cve):
                add("vulnerability", "External analysis", cve, [finding], comment: Self.place(finding))
            case .name(.malware, let name):
                add("text", "Payload type", name, [finding], comment: "Name of malware, \(Self.place(finding))")
            case .name: break
            case .entry(let entry) where entry.kind == .weakness:
                add("weakness", "External analysis", entry.id, [finding], comment: Self.place(finding))
            case .entry: break
            }
        }
    }

    /// The best sentence of each technique; one may show several.
    private mutating func addEvidence(_ findings: [Finding]) {
        var sentences: [(mention: Finding.Mention, findings: [Finding])] = []
        var places: [String: Int] = [:]
        for finding in findings {
            guard let mention = finding.mentions.first(where: \.isSentence) else { continue }
            let place = places[mention.text] ?? sentences.count
            places[mention.text] = place
            if place == sentences.count { sentences.append((mention, [])) }
            sentences[place].findings.append(finding)
        }
        for (mention, findings) in sentences {
            let names = findings.compactMap { finding in
                finding.entry.map { "\($0.id) \($0.name) (confidence \(finding.confidence))" }
            }.joined(separator: ", ")
            let scalars = mention.scalars
            add(
                "text", "External analysis", mention.text, findings,
                comment: "\(names); characters \(scalars.lowerBound)-\(scalars.upperBound)")
        }
    }

    private mutating func addIndicator(_ type: IndicatorType, _ value: String, _ finding: Finding) {
        guard let (name, category) = Self.type(type) else { return }
        let isRule = type == .yaraRule || type == .sigmaRule
        let comment = (isRule ? "Name of a rule (\(type.rawValue)), " : "") + Self.place(finding)
        let withPort: String? =
            switch type {
            case .ipv4, .ipv6: "ip-dst|port"
            case .domain: "hostname|port"
            default: nil
            }
        guard let withPort, !finding.ports.isEmpty else {
            return add(
                name, category, value, [finding], detects: finding.isHostile && Self.detects(type), comment: comment)
        }
        for port in finding.ports.sorted() {
            add(withPort, category, "\(value)|\(port)", [finding], detects: finding.isHostile, comment: comment)
        }
    }

    private mutating func add(
        _ type: String, _ category: String, _ value: String, _ findings: [Finding], detects: Bool = false,
        comment: String
    ) {
        let value = Self.trimmed(value)
        let id = NamedUUID.own.uuid([event, category, type, value])
        guard !value.isEmpty, seen.insert(id).inserted else { return }
        attributes.append([
            "uuid": .string(id), "type": .string(type), "category": .string(category), "value": .string(value),
            "to_ids": .bool(detects), "comment": .string(comment), "distribution": "5",
            "Tag": .array(findings.compactMap(\.mispTag).map { ["name": .string($0)] }),
        ])
    }

    /// MISP keeps no white space around values.
    static func trimmed(_ text: String) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        var rest = text.unicodeScalars.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(rest)
    }

    private static func place(_ finding: Finding) -> String {
        let ranges = finding.mentions.prefix(3).map { "\($0.scalars.lowerBound)-\($0.scalars.upperBound)" }
        return "characters \(ranges.joined(separator: ", "))\(finding.mentions.count > 3 ? " and more" : "")"
    }

    /// Whether products detect by such a value.
    private static func detects(_ type: IndicatorType) -> Bool {
        switch type {
        case .ipv4, .ipv6, .cidr, .domain, .url, .email, .md5, .sha1, .sha256, .sha512: true
        default: false
        }
    }

    /// Type and category as MISP's describeTypes pairs them.
    private static func type(_ type: IndicatorType) -> (name: String, category: String)? {
        switch type {
        case .ipv4, .ipv6, .cidr: ("ip-dst", "Network activity")
        case .domain: ("domain", "Network activity")
        case .url: ("url", "Network activity")
        case .email: ("email", "Network activity")
        case .userAgent: ("user-agent", "Network activity")
        case .asn: ("AS", "Network activity")
        case .mac: ("mac-address", "Network activity")
        case .md5, .sha1, .sha256, .sha512: (type.rawValue, "Payload delivery")
        case .filePath, .fileName: ("filename", "Payload delivery")
        case .registryKey: ("regkey", "Persistence mechanism")
        case .mutex: ("mutex", "Artifacts dropped")
        case .bitcoin: ("btc", "Financial fraud")
        case .monero: ("xmr", "Financial fraud")
        case .yaraRule, .sigmaRule: ("text", "External analysis")
        case .cve, .cwe, .attackTechnique, .attackTactic, .attackGroup, .attackSoftware, .attackMitigation: nil
        }
    }
}
