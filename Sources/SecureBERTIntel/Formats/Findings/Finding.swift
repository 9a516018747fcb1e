/// Something that a report names, once, with all places where it does.
struct Finding: Sendable {
    enum Subject: Hashable, Sendable {
        /// An entry of ATT&CK, CWE or CAPEC.
        case entry(KnowledgeEntry)
        case vulnerability(cve: String)
        case indicator(IndicatorType, value: String)
        /// A name that no catalogue has an id for.
        case name(NameKind, String)
    }

    enum NameKind: String, Sendable {
        case malware, organization, vulnerability
    }

    /// A place in the text: of a name, an indicator, or the sentence that describes a technique.
    struct Mention: Sendable, Hashable {
        /// Bytes of UTF-8.
        let utf8: Range<Int>
        /// Unicode scalars.
        let scalars: Range<Int>
        let text: String
        /// From 0 to 100.
        let confidence: Int
        let isSentence: Bool
    }

    let subject: Subject
    /// In the order in which they were found; never empty.
    fileprivate(set) var mentions: [Mention]
    /// Whether an indicator was written so that it cannot be clicked, at least once.
    fileprivate(set) var isDefanged = false
    /// The ports behind an address.
    fileprivate(set) var ports: Set<Int> = []

    var entry: KnowledgeEntry? {
        if case .entry(let entry) = subject { entry } else { nil }
    }

    /// That of the best mention.
    var confidence: Int { mentions.map(\.confidence).max() ?? 0 }

    /// Whether the author means an indicator as one: defanged, or a hash.
    var isHostile: Bool {
        switch subject {
        case .indicator(.md5, _), .indicator(.sha1, _), .indicator(.sha256, _), .indicator(.sha512, _): true
        default: isDefanged
        }
    }
}

/// Findings in the order of their first mention, each subject once.
struct FindingList {
    private(set) var findings: [Finding] = []
    private var places: [Finding.Subject: Int] = [:]
    private var seen: Set<Place> = []

    private struct Place: Hashable {
        let finding: Int
        let utf8: Range<Int>
    }

    mutating func add(
        _ subject: Finding.Subject, _ mention: Finding.Mention, isDefanged: Bool = false, port: Int? = nil
    ) {
        let place = places[subject] ?? findings.count
        if place == findings.count {
            places[subject] = place
            findings.append(Finding(subject: subject, mentions: []))
        }
        guard seen.insert(Place(finding: place, utf8: mention.utf8)).inserted else { return }
        findings[place].mentions.append(mention)
        if isDefanged { findings[place].isDefanged = true }
        if let port { findings[place].ports.insert(port) }
    }
}
