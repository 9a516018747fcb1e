#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The cache that the Hugging Face tools keep on this machine, read only.
///
/// ```
/// <cache>/models--org--name/refs/<revision>      a commit
///                           snapshots/<commit>/  the folder of the model
///                           blobs/               what the snapshot's links point to
/// ```
public struct HubCache: Sendable {
    /// Caches in the order they are looked in.
    public let locations: [String]

    /// Caches at these paths.
    public init(locations: [String]) {
        self.locations = locations
    }

    /// The cache that the environment names: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `$HF_HOME/hub`,
    /// `$XDG_CACHE_HOME/huggingface/hub` or `~/.cache/huggingface/hub`, the first that is set.
    /// - Parameter environment: looks up a variable.
    public init(environment: (String) -> String? = Self.systemEnvironment) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME")
        func expanded(_ path: String) -> String {
            guard path.hasPrefix("~/"), let home else { return path }
            return FileSystem.join(home, String(path.dropFirst(2)))
        }
        if let cache = value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") {
            locations = [expanded(cache)]
        } else if let root = value("HF_HOME") {
            locations = [FileSystem.join(expanded(root), "hub")]
        } else if let root = value("XDG_CACHE_HOME") ?? home.map({ FileSystem.join($0, ".cache") }) {
            locations = [FileSystem.join(expanded(root), "huggingface/hub")]
        } else {
            locations = []
        }
    }

    /// A variable of this process's environment.
    public static func systemEnvironment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Finds the folder a `--model` argument means: a folder of that path, or a model in the cache.
    ///
    /// Folders win over names. The network is never asked.
    /// - Parameter text: a path, or `org/name[@revision]`.
    /// - Returns: the path of a folder.
    /// - Throws: ``CheckpointError`` with the code `notFound` that says where it looked and what to run.
    public func folder(for text: String) throws(CheckpointError) -> String {
        if FileSystem.kind(of: text) == .folder { return text }
        let looksLikePath = text.hasPrefix("/") || text.hasPrefix(".") || text.hasPrefix("~") || text.hasSuffix("/")
        guard !looksLikePath, let name = HubModelName(text) else {
            let kind = FileSystem.kind(of: text) == nil ? "does not exist" : "is a file"
            throw CheckpointError(
                .notFound, file: text, "\(kind); expected the folder of a model or a name such as org/name")
        }
        var looked = ["the folder \(text.printable)"]
        var isKnown = false
        for location in locations {
            let model = FileSystem.join(location, name.cacheFolderName)
            looked.append(model.printable)
            if let folder = snapshot(of: name, in: model) { return folder }
            isKnown = isKnown || FileSystem.kind(of: model) == .folder
        }
        let what = isKnown ? "this revision is not on this machine" : "is not on this machine"
        throw CheckpointError(
            .notFound, file: text,
            "\(what) (looked in \(looked.joined(separator: ", "))); download it with `securebert pull \(text.printable)`"
        )
    }

    private func snapshot(of name: HubModelName, in model: String) -> String? {
        func folder(_ commit: String) -> String? {
            guard ContainedPath.isPlainName(commit) else { return nil }
            let path = FileSystem.join(model, "snapshots/\(commit)")
            return FileSystem.kind(of: path) == .folder ? path : nil
        }
        let revision = name.revision ?? "main"
        if let reference = try? FileSystem.read(FileSystem.join(model, "refs/\(revision)"), limit: 256) {
            let commit = String(decoding: reference, as: UTF8.self).filter { !$0.isWhitespace }
            if HubModelName.isCommit(commit), let path = folder(commit) { return path }
        }
        if HubModelName.isCommit(revision) { return folder(revision) }
        // Files downloaded by commit leave no reference; without one a single snapshot is unambiguous.
        guard name.revision == nil,
            let snapshots = try? FileSystem.names(inFolder: FileSystem.join(model, "snapshots")), snapshots.count == 1
        else { return nil }
        return folder(snapshots[0])
    }
}

/// The name of a model on the hub: `org/name`, `name`, with `@revision` behind it or not.
public struct HubModelName: Sendable, Hashable {
    /// `org/name`, or the name alone for the few models without an organization.
    public let repository: String
    /// A branch, tag or commit; nil for the main branch.
    public let revision: String?

    /// Parses a name; nil when the text is none. Only names that are safe as parts of a path are.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(names.count), names.allSatisfy(Self.isName) else { return nil }
        repository = String(parts[0])
        revision = parts.count == 2 ? String(parts[1]) : nil
        if let revision {
            guard revision.utf8.count <= 240,
                revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isRevisionPart)
            else { return nil }
        }
    }

    /// The folder of the model in a cache: `models--org--name`.
    public var cacheFolderName: String {
        "models--" + repository.split(separator: "/").joined(separator: "--")
    }

    /// Whether the text is a full commit: 40 lowercase hexadecimal digits.
    package static func isCommit(_ text: String) -> Bool {
        text.utf8.count == 40 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    private static func isName(_ name: Substring) -> Bool {
        (1...96).contains(name.utf8.count) && !name.contains("--") && !name.hasSuffix(".git")
            && isPart(name, extra: "-_.")
    }

    private static func isRevisionPart(_ part: Substring) -> Bool {
        !part.isEmpty && isPart(part, extra: "-_.+")
    }

    private static func isPart(_ text: Substring, extra: String) -> Bool {
        guard !text.hasPrefix("."), !text.hasPrefix("-"), !text.hasSuffix("."), !text.contains("..") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || extra.utf8.contains(byte)
        }
    }
}
