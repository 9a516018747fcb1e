/// Whether a document is prose or source code. The two are kept apart so that a recipe can mix them.
public enum DocumentKind: String, Sendable, CaseIterable {
    /// Natural language.
    case text
    /// Source code, configuration, rules, commands.
    case code
}

/// One document of a corpus, with where it is from and under which licence.
public struct Document: Sendable, Equatable {
    /// Unique in the corpus.
    public var id: String
    /// The source's name, such as a repository.
    public var source: String
    public var kind: DocumentKind
    /// The licence, as an SPDX expression where there is one.
    public var license: String
    /// A title; may be empty.
    public var title: String
    /// The text as valid UTF-8.
    public var text: [UInt8]

    /// A document.
    public init(id: String, source: String, kind: DocumentKind, license: String, title: String, text: [UInt8]) {
        self.id = id
        self.source = source
        self.kind = kind
        self.license = license
        self.title = title
        self.text = text
    }
}
