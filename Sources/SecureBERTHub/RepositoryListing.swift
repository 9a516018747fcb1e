import SecureBERTCheckpoint
import SecureBERTJSON

/// A file of a model as the hub lists it.
struct RemoteFile: Sendable {
    let path: String
    /// Bytes; nil when the hub does not list sizes.
    var size: Int?
    /// What the content must hash to; nil when the hub does not list it.
    var digest: BlobDigest?
}

/// What `GET /api/models/<org>/<name>/revision/<revision>?blobs=true` says.
struct RepositoryListing: Sendable {
    /// The commit that the revision stands for now: 40 hexadecimal digits.
    let commit: String
    let files: [RemoteFile]

    /// Reads the answer of the hub, of which nothing is believed.
    /// - Parameters:
    ///   - bytes: the JSON text.
    ///   - repository: for messages.
    /// - Throws: ``HubError`` with code `corrupt`.
    init(_ bytes: [UInt8], repository: String, limits: HubConfiguration.Limits) throws(HubError) {
        func error(_ problem: String) -> HubError {
            HubError(.corrupt, "The hub's list of the files of \(repository) \(problem); nothing was downloaded")
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch let reason {
            throw error("is not valid JSON: \(reason.description.printable)")
        }
        guard let commit = json["sha"]?.stringValue, HubModelName.isCommit(commit) else {
            throw error("has no commit hash under \"sha\"")
        }
        guard let entries = json["siblings"]?.arrayValue else { throw error("has no array \"siblings\"") }
        guard entries.count <= limits.files else {
            throw error("has \(entries.count) entries, more than the \(limits.files) allowed")
        }
        var files: [RemoteFile] = []
        for (index, entry) in entries.enumerated() {
            guard let path = entry["rfilename"]?.stringValue else { throw error("has no file name in entry \(index)") }
            if let problem = RemotePath.problem(path) {
                throw error("names a file \"\(path.printable)\", which \(problem)")
            }
            let file = RemoteFile(path: path, size: Self.size(entry), digest: Self.digest(entry))
            if let size = file.size, !(0...limits.fileBytes).contains(size) {
                throw error("says that \(path) has \(size) bytes, expected 0 to \(limits.fileBytes)")
            }
            files.append(file)
        }
        if let conflict = Self.conflict(files) { throw error("names \(conflict) both as a file and again") }
        self.commit = commit
        self.files = files
    }

    private static func size(_ entry: JSON) -> Int? {
        (entry["lfs"]?["size"] ?? entry["size"])?.integerValue
    }

    private static func digest(_ entry: JSON) -> BlobDigest? {
        if let lfs = entry["lfs"], !lfs.isNull {
            guard let hex = lfs["sha256"]?.stringValue, case .sha256(let hex)? = BlobDigest(entityTag: hex) else {
                return nil
            }
            return .sha256(hex)
        }
        guard let hex = entry["blobId"]?.stringValue, case .git(let hex)? = BlobDigest(entityTag: hex) else {
            return nil
        }
        return .git(hex)
    }

    /// A path that is listed twice, or is the folder of another.
    private static func conflict(_ files: [RemoteFile]) -> String? {
        var paths = Set<[UInt8]>()
        for file in files where !paths.insert(Array(file.path.utf8)).inserted { return file.path }
        for file in files {
            let path = Array(file.path.utf8)
            for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
                if paths.contains(Array(path[..<index])) { return String(decoding: path[..<index], as: UTF8.self) }
            }
        }
        return nil
    }
}
