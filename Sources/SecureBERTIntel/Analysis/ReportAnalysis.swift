import SecureBERT

/// What was found in a report: entities, indicators and techniques, with where in the text they are.
public struct ReportAnalysis: Sendable {
    /// Name of the file, or "stdin".
    public let name: String
    /// SHA-256 of the file as read, in hexadecimal: what makes ids of the output the same for the same report.
    public let digest: String
    /// The text that ranges count in.
    public let text: String
    public let entities: [FoundEntity]
    public let indicators: [FoundIndicator]
    /// The most certain first.
    public let techniques: [FoundTechnique]

    public init(
        name: String, digest: String, text: String, entities: [FoundEntity], indicators: [FoundIndicator],
        techniques: [FoundTechnique]
    ) {
        (self.name, self.digest, self.text) = (name, digest, text)
        (self.entities, self.indicators, self.techniques) = (entities, indicators, techniques)
    }
}

/// A name in the text: of malware, an organization, a system or a vulnerability.
public struct FoundEntity: Sendable, Hashable {
    /// As the model or the knowledge base calls it: "Malware", "Organization", "System", "Vulnerability", ...
    public let type: String
    public let text: String
    public let range: TextRange
    /// Probability; nil when a name of the knowledge base was found and not by the model.
    public let score: Float?
    /// What the name stands for in the knowledge base; several when a group is called like its malware.
    public let links: [KnowledgeEntry]

    public init(type: String, text: String, range: TextRange, score: Float?, links: [KnowledgeEntry]) {
        (self.type, self.text, self.range, self.score, self.links) = (type, text, range, score, links)
    }
}

/// An indicator, where it is, and what its id stands for.
public struct FoundIndicator: Sendable, Hashable {
    public let indicator: Indicator
    public let range: TextRange
    /// The entry of an ATT&CK, CWE or CAPEC id.
    public let link: KnowledgeEntry?

    public init(_ indicator: Indicator, range: TextRange, link: KnowledgeEntry?) {
        (self.indicator, self.range, self.link) = (indicator, range, link)
    }
}

/// A technique of ATT&CK that sentences of the text describe or name.
public struct FoundTechnique: Sendable, Hashable {
    /// A sentence that shows it.
    public struct Evidence: Sendable, Hashable {
        public let text: String
        public let range: TextRange
        /// Calibrated probability; 1 when the sentence names the technique's id.
        public let score: Float
        public let isNamed: Bool

        public init(text: String, range: TextRange, score: Float, isNamed: Bool) {
            (self.text, self.range, self.score, self.isNamed) = (text, range, score, isNamed)
        }
    }

    public let entry: KnowledgeEntry
    /// That of the best evidence.
    public let score: Float
    /// The best first; never empty.
    public let evidence: [Evidence]

    public init(_ entry: KnowledgeEntry, evidence: [Evidence]) {
        self.entry = entry
        self.evidence = evidence.sorted { $0.score > $1.score }
        score = self.evidence.first?.score ?? 0
    }
}
