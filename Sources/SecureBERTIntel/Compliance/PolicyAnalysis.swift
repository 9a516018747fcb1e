import SecureBERT

/// What the passages of a policy, report or configuration are about.
public struct PolicyAnalysis: Sendable {
    /// Name of the file, or "standard input".
    public let name: String
    /// SHA-256 of the file as read, in hexadecimal.
    public let digest: String
    /// The text that ranges count in.
    public let text: String
    /// Whether it was read as configuration.
    public let isConfiguration: Bool
    /// All passages of at least four words, of settings with what controls call them, those without controls too, in the order of the text.
    public let passages: [MappedPassage]
}

/// A paragraph or block of settings, and the controls that it may meet.
public struct MappedPassage: Sendable, Hashable {
    /// As it stands in the document.
    public let text: String
    /// Where it stands.
    public let range: TextRange
    /// First and last line, counted from 1.
    public let lines: ClosedRange<Int>
    /// The heading above; nil without one.
    public let heading: String?
    /// Of each catalog the most probable first; empty when the passage is about none.
    public let controls: [MappedControl]
    /// Of a passage without controls the most probable one, which is below the threshold.
    public let nearest: Nearest?

    /// A control that is too improbable to be suggested.
    public struct Nearest: Sendable, Hashable {
        /// ``ControlCatalog/id`` of the control's catalog.
        public let catalog: String
        /// The control.
        public let control: KnowledgeEntry
        /// Calibrated as ``MappedControl/score``.
        public let score: Float
    }
}

/// A control that a passage may meet.
public struct MappedControl: Sendable, Hashable {
    /// The sentence or line that matches best.
    public struct Evidence: Sendable, Hashable {
        /// As it stands in the document.
        public let text: String
        /// Where it stands in the document.
        public let range: TextRange
    }

    /// ``ControlCatalog/id`` of the control's catalog.
    public let catalog: String
    /// The control.
    public let control: KnowledgeEntry
    /// Calibrated probability that NIST's mapping would have it; of catalogs of one's own a hint.
    public let score: Float
    /// What shows it.
    public let evidence: Evidence
}
