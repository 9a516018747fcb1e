import SecureBERT

/// What all formats write of an analysis: every technique, name and indicator once.
struct ReportFindings {
    /// Techniques first, the most certain first; then what else was found in the order of the text.
    let findings: [Finding]

    init(_ analysis: ReportAnalysis) {
        var list = FindingList()
        for technique in analysis.techniques {
            for evidence in technique.evidence {
                let mention = Finding.Mention(
                    evidence.range, evidence.text, Confidence.percent(evidence.score), isSentence: true)
                list.add(.entry(technique.entry), mention)
            }
        }
        for entity in analysis.entities {
            let mention = Finding.Mention(
                entity.range, entity.text, entity.score.map(Confidence.percent) ?? Confidence.named)
            for subject in Self.subjects(of: entity) { list.add(subject, mention) }
        }
        for found in analysis.indicators {
            guard let subject = Self.subject(of: found) else { continue }
            list.add(
                subject, Self.mention(of: found), isDefanged: found.indicator.isDefanged, port: found.indicator.port)
        }
        findings = list.findings
    }

    /// The entries a name stands for, of the kinds that its type speaks for when there are such; or the name itself.
    private static func subjects(of entity: FoundEntity) -> [Finding.Subject] {
        guard entity.links.isEmpty else {
            let kinds: Set<KnowledgeEntry.Kind> =
                switch entity.type.lowercased() {
                case "malware": [.malware, .tool]
                case "organization": [.group]
                default: []
                }
            let fitting = entity.links.filter { kinds.contains($0.kind) }
            return (fitting.isEmpty ? entity.links : fitting).map(Finding.Subject.entry)
        }
        let name = entity.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard let kind = Finding.NameKind(rawValue: entity.type.lowercased()), !name.isEmpty else { return [] }
        if kind == .vulnerability, CatalogueID.isCVE(name.uppercased()) {
            return [.vulnerability(cve: name.uppercased())]
        }
        return [.name(kind, name)]
    }

    /// Ids of entries that are not known have no name, and are left out.
    private static func subject(of found: FoundIndicator) -> Finding.Subject? {
        if let link = found.link { return .entry(link) }
        let (type, value) = (found.indicator.type, found.indicator.value)
        return switch type {
        case .cve: CatalogueID.isCVE(value) ? .vulnerability(cve: value) : nil
        case .cwe, .attackTechnique, .attackTactic, .attackGroup, .attackSoftware, .attackMitigation: nil
        default: value.isEmpty ? nil : .indicator(type, value: value)
        }
    }

    private static func mention(of found: FoundIndicator) -> Finding.Mention {
        let confidence =
            switch found.indicator.type {
            case .cve, .cwe, .attackTechnique, .attackTactic, .attackGroup, .attackSoftware, .attackMitigation:
                Confidence.identified
            case .md5, .sha1, .sha256, .sha512: Confidence.hostile
            default: found.indicator.isDefanged ? Confidence.hostile : Confidence.plain
            }
        return Finding.Mention(found.range, found.indicator.text, confidence)
    }
}

extension Finding.Mention {
    fileprivate init(_ range: TextRange, _ text: String, _ confidence: Int, isSentence: Bool = false) {
        self.init(
            utf8: range.utf8, scalars: range.scalars, text: text.shortened(to: Excerpt.limit), confidence: confidence,
            isSentence: isSentence)
    }
}

/// Identifiers of catalogues.
enum CatalogueID {
    /// "CVE-2021-44228": a year and at least four digits (CVE program, 2014 syntax).
    static func isCVE(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "CVE", parts[1].utf8.count == 4, (4...19).contains(parts[2].utf8.count)
        else { return false }
        let isPadded = parts[2].utf8.count > 4 && parts[2].first == "0"
        return !isPadded && (parts[1] + parts[2]).utf8.allSatisfy(\.isDigit)
    }
}

/// How much of a text a document quotes.
enum Excerpt {
    /// In Unicode scalars: a long sentence.
    static let limit = 500
}

extension String {
    /// The first so many Unicode scalars, and a mark when there are more.
    func shortened(to limit: Int) -> String {
        let scalars = unicodeScalars
        guard let end = scalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else {
            return self
        }
        return String(scalars[..<end]) + "…"
    }
}
