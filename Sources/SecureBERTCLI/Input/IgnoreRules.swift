import SecureBERTCheckpoint

/// What the `.gitignore` and `.securebertignore` files between the root of a repository and a folder leave out.
///
/// As in git: the file that is nearest to a path decides, in a file the last pattern that matches. A `.securebertignore` decides before
/// any `.gitignore`. What is in a folder that is left out cannot be taken back in, since nobody looks there.
struct IgnoreRules {
    /// The patterns of one file.
    private struct File {
        /// The bytes of the folder's path, with a slash at the end.
        let folder: [UInt8]
        let patterns: [IgnorePattern]

        init?(_ folder: String, _ name: String) {
            let path = FileSystem.join(folder, name)
            guard FileSystem.kind(of: path) == .file, var bytes = try? FileSystem.read(path, limit: 1 << 20) else {
                return nil
            }
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            self.folder = Array(folder.utf8) + (folder.hasSuffix("/") ? [] : [UInt8(ascii: "/")])
            patterns = bytes.split(separator: UInt8(ascii: "\n")).compactMap { IgnorePattern($0) }
            if patterns.isEmpty { return nil }
        }

        /// Whether the path is left out; nil when no pattern matches.
        func decision(_ path: [UInt8], isFolder: Bool) -> Bool? {
            guard path.starts(with: folder) else { return nil }
            let relative = path[folder.count...]
            return patterns.last { (isFolder || !$0.isFolderOnly) && $0.matches(relative) }.map { !$0.isNegated }
        }
    }

    /// Those of `.securebertignore` and of `.gitignore`, the nearest last.
    private var own: [File] = []
    private var git: [File] = []

    /// The rules for what is in a folder: those of the folders from its repository's root on, or of the folder alone.
    /// - Parameter folder: Absolute, without symbolic links.
    init(for folder: String) {
        var folders = [folder]
        var root: Int?
        var path = folder
        while true {
            if FileSystem.kind(of: FileSystem.join(path, ".git")) != nil { root = root ?? folders.count }
            guard root == nil, let slash = path.lastIndex(of: "/"), path != "/" else { break }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
            folders.append(path)
        }
        if let root {
            if let file = File(folders[root - 1], ".git/info/exclude") { git.append(file) }
            for folder in folders.prefix(root).reversed() { enter(folder) }
        } else {
            enter(folder)
        }
    }

    /// Adds the rules of a folder within.
    mutating func enter(_ folder: String) {
        if let file = File(folder, ".gitignore") { git.append(file) }
        if let file = File(folder, ".securebertignore") { own.append(file) }
    }

    /// Whether a file or folder is left out.
    func excludes(_ path: String, isFolder: Bool) -> Bool {
        let path = Array(path.utf8)
        for files in [own, git] {
            for file in files.reversed() {
                if let decision = file.decision(path, isFolder: isFolder) { return decision }
            }
        }
        return false
    }
}
