import SecureBERTCheckpoint

/// The name of a model on a hub, with the revision wanted: `org/name`, `org/name@v1.0`, `name@refs/pr/3`.
public struct HubReference: Sendable, Hashable, CustomStringConvertible {
    let name: HubModelName

    /// `org/name`, or only `name` for the few models without an organization.
    public var repository: String { name.repository }
    /// A branch, a tag or a commit; `main` when the text names none.
    public var revision: String { name.revision ?? "main" }

    /// `org/name`, with `@revision` behind it unless it is `main`.
    public var description: String { revision == "main" ? repository : "\(repository)@\(revision)" }

    /// Whether the revision is a full commit hash, which always names the same files.
    public var isPinned: Bool { HubModelName.isCommit(revision) }

    /// - Parameter text: `org/name[@revision]`.
    /// - Throws: ``HubError`` with code `usage`.
    public init(_ text: String) throws(HubError) {
        if let name = HubModelName(text) {
            self.name = name
            return
        }
        let repository = text.prefix { $0 != "@" }
        if repository.contains("://") {
            throw Self.error(text, "is an address; give only the part after the host, such as org/name")
        }
        let names = repository.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count <= 2 else {
            throw Self.error(text, "has \(names.count) parts between slashes, expected org/name")
        }
        guard HubModelName(String(repository)) == nil else {
            throw Self.error(
                text, "has a revision that is no branch, tag or commit in letters, digits, '-', '_', '.', '+' and '/'")
        }
        throw Self.error(
            text,
            "is not org/name in letters, digits, '-', '_' and '.', at most 96 of them, without '--', '..' or '.git'"
        )
    }

    private static func error(_ text: String, _ problem: String) -> HubError {
        HubError(.usage, "The model name \"\(text.printable)\" \(problem)")
    }
}

extension UInt8 {
    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    var isLowercaseHex: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
