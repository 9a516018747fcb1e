/// Paths that come out of a model's JSON files.
///
/// They are data from strangers: `../../etc/passwd` must not become a file that is opened.
package enum ContainedPath {
    /// Joins a relative path from a JSON file to the folder it belongs to.
    ///
    /// Refused are absolute paths, `.` and `..`, back slashes, empty components, control characters and anything
    /// that symbolic links take out of the folder. One kind of link is legitimate: the files of a hub cache snapshot
    /// (`models--org--name/snapshots/<commit>`) point into `models--org--name/blobs`.
    /// - Parameters:
    ///   - relative: the path as written in `file`; empty for the folder itself.
    ///   - folder: the model folder.
    ///   - file: the JSON file that names the path, for the message.
    ///   - what: what the path is, for the message: "the shard", "the module folder".
    package static func join(
        _ relative: String, to folder: String, namedBy file: String, as what: String
    ) throws(CheckpointError) -> String {
        guard isSafe(relative) else {
            throw CheckpointError(
                .unsafe, file: file,
                "names \(what) \(relative.quoted), which is not a plain path inside the model folder")
        }
        let path = FileSystem.join(folder, relative)
        // A path that does not exist yet cannot lead anywhere; opening it reports that it is missing.
        guard let target = FileSystem.resolved(path), let root = FileSystem.resolved(folder) else { return path }
        guard isInside(target, root) || isInside(target, blobs(ofSnapshot: root)) else {
            throw CheckpointError(
                .unsafe, file: file,
                "names \(what) \(relative.quoted), which is a link to a place outside the model folder")
        }
        return path
    }

    /// Whether the text is a relative path of ordinary components.
    package static func isSafe(_ path: String) -> Bool {
        guard !path.isEmpty else { return true }
        guard path.utf8.count <= 1024, path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else { return false }
        // By bytes: a slash in front of a combining mark is not a Character of its own.
        return path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { component in
            !component.isEmpty && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
        }
    }

    /// Whether the text can name a file directly inside a folder.
    package static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && isSafe(name) && !name.utf8.contains(UInt8(ascii: "/"))
    }

    private static func isInside(_ path: String, _ root: String?) -> Bool {
        guard let root else { return false }
        if path == root || root == "/" { return true }
        return path.utf8.starts(with: (root + "/").utf8)
    }

    /// The folder the links of a hub cache snapshot point into; nil when the folder is not a snapshot.
    private static func blobs(ofSnapshot root: String) -> String? {
        let components = root.split(separator: "/")
        guard let index = components.lastIndex(of: "snapshots"), index > 0, index < components.count - 1,
            components[index - 1].hasPrefix("models--")
        else { return nil }
        return "/" + components[..<index].joined(separator: "/") + "/blobs"
    }
}
