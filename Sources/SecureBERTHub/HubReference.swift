/// The name of a model on a hub, with the revision wanted: `org/name`, `org/name@v1.0`, `name@refs/pr/3`.
public struct HubReference: Sendable, Hashable, CustomStringConvertible {
    /// `org/name`, or only `name` for the few models without an organization.
    public let repository: String
    /// A branch, a tag or a commit; `main` when the text names none.
    public let revision: String

    /// `org/name`, with `@revision` behind it unless it is `main`.
    public var description: String { revision == "main" ? repository : "\(repository)@\(revision)" }

    /// Whether the revision is a full commit hash, which always names the same files.
    public var isPinned: Bool { Self.isCommit(revision) }

    /// - Parameter text: `org/name[@revision]`.
    /// - Throws: ``HubError`` with code `usage`.
    public init(_ text: String) throws(HubError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let repository = parts.first.map(String.init) else { throw Self.error(text, "is empty") }
        if repository.contains("://") {
            throw Self.error(text, "is an address; give only the part after the host, such as org/name")
        }
        let names = repository.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count <= 2 else {
            throw Self.error(text, "has \(names.count) parts between slashes, expected org/name")
        }
        guard names.allSatisfy(Self.isName) else {
            throw Self.error(
                text,
                "is not org/name in letters, digits, '-', '_' and '.', at most 96 of them, without '--', '..' or '.git'"
            )
        }
        let revision = parts.count > 1 ? String(parts[1]) : "main"
        guard Self.isRevision(revision) else {
            throw Self.error(
                text, "has a revision that is no branch, tag or commit in letters, digits, '-', '_', '.', '+' and '/'")
        }
        self.repository = repository
        self.revision = revision
    }

    /// Whether the text is a full commit hash: 40 lowercase hexadecimal digits.
    static func isCommit(_ text: String) -> Bool {
        text.utf8.count == 40 && text.utf8.allSatisfy(\.isLowercaseHex)
    }

    private static func isName(_ name: Substring) -> Bool {
        guard (1...96).contains(name.utf8.count), !name.contains("--"), !name.contains(".."), !name.hasSuffix(".git"),
            let first = name.utf8.first, let last = name.utf8.last
        else { return false }
        let edges: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: ".")]
        return !edges.contains(first) && !edges.contains(last)
            && name.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) }
    }

    /// Letters, digits and a few signs: what is a file name in the cache and harmless everywhere else. The length
    /// leaves room for a temporary name.
    private static func isRevision(_ text: String) -> Bool {
        guard (1...240).contains(text.utf8.count), !text.contains("..") else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last else { return false }
            return first != UInt8(ascii: ".") && first != UInt8(ascii: "-") && last != UInt8(ascii: ".")
                && part.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.+".utf8.contains($0) }
        }
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
