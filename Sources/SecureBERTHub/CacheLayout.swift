import SecureBERTCheckpoint

/// Where the files of one model are in the cache that all Hugging Face tools share:
/// ```
/// <cache>/models--org--name/blobs/<digest>                     the contents
///                           snapshots/<commit>/<path>           -> ../../blobs/<digest>
///                           refs/<revision>                     the commit of a branch or tag
///         .locks/models--org--name/<digest>.lock
/// ```
struct CacheLayout: Sendable {
    /// `<cache>/models--org--name`.
    let folder: String
    private let locks: String

    init(cacheFolder: String, name: HubModelName) {
        folder = "\(cacheFolder)/\(name.cacheFolderName)"
        locks = "\(cacheFolder)/.locks/\(name.cacheFolderName)"
    }

    var blobs: String { "\(folder)/blobs" }
    func blob(_ digest: BlobDigest) -> String { "\(blobs)/\(digest.hex)" }
    /// The part of a blob that has arrived so far.
    func incompleteBlob(_ digest: BlobDigest) -> String { blob(digest) + ".incomplete" }
    func lock(_ digest: BlobDigest) -> String { "\(locks)/\(digest.hex).lock" }
    func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }
    func reference(_ revision: String) -> String { "\(folder)/refs/\(revision)" }

    /// Creates the folders that downloads write into.
    func prepare() throws(HubError) {
        try Disk.makeFolder(blobs)
        try Disk.makeFolder(locks)
    }

    /// Makes a blob appear under its name in a snapshot.
    func link(_ path: String, in commit: String, to digest: BlobDigest) throws(HubError) {
        let link = "\(snapshot(commit))/\(path)"
        let depth = path.utf8.count { $0 == UInt8(ascii: "/") }
        if let slash = link.utf8.lastIndex(of: UInt8(ascii: "/")) { try Disk.makeFolder(String(link[..<slash])) }
        try Disk.link(link, to: String(repeating: "../", count: depth + 2) + "blobs/" + digest.hex)
    }

    /// Remembers the commit of a branch or tag.
    func record(_ revision: String, commit: String) throws(HubError) {
        let path = reference(revision)
        if try Disk.readSmallFile(path, limit: 64).map({ String(decoding: $0, as: UTF8.self) }) == commit { return }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) { try Disk.makeFolder(String(path[..<slash])) }
        try Disk.replace(path, with: commit)
    }
}
