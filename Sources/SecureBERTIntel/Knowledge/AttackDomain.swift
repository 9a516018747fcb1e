/// A part of ATT&CK with a matrix and a bundle of its own, by the name that MITRE gives the bundle. Groups, software, campaigns and
/// mitigations can be in several.
public enum AttackDomain: String, Sendable, CaseIterable {
    case enterprise = "enterprise-attack"
    case mobile = "mobile-attack"
    case ics = "ics-attack"

    /// What its knowledge file calls itself.
    public var source: String {
        switch self {
        case .enterprise: "MITRE ATT&CK"
        case .mobile: "MITRE ATT&CK for Mobile"
        case .ics: "MITRE ATT&CK for ICS"
        }
    }

    /// Its file in the folder of the knowledge base.
    public var fileName: String { self == .enterprise ? "attack.jsonl" : rawValue + ".jsonl" }

    /// The domain of a file that calls itself so; nil for other sources.
    init?(source: String) {
        guard let domain = Self.allCases.first(where: { $0.source == source }) else { return nil }
        self = domain
    }
}
