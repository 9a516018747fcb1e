import SecureBERTCheckpoint
import SecureBERTIntel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The source files under files and folders.
struct SourceWalk {
    struct File {
        /// Absolute.
        let path: String
        let language: SourceLanguage
        let byteCount: Int
        /// Whether it was named, rather than found in a folder.
        let isNamed: Bool
    }

    /// In the order of the paths, inside folders by name; each once.
    private(set) var files: [File] = []
    /// Paths that cannot be scanned, with a sentence; `isMissing` for what does not exist.
    private(set) var problems: [(path: String, problem: String, isNamed: Bool, isMissing: Bool)] = []
    /// Files and folders that ignore files have left out.
    private(set) var ignored = 0
    private let honorsIgnoreFiles: Bool
    private var seen: Set<String> = []

    /// Files that are named are taken whatever ignore files say; symbolic links are followed when they are named, not inside folders,
    /// so there are no loops. `.git` and its like are left out.
    init(_ paths: [String], honorsIgnoreFiles: Bool) {
        self.honorsIgnoreFiles = honorsIgnoreFiles
        for path in paths { add(path) }
    }

    private mutating func add(_ path: String) {
        guard let resolved = FileSystem.resolved(path) else {
            let number = errno
            let isMissing = number == ENOENT || number == ENOTDIR
            problems.append(
                (path, isMissing ? "there is no such file or folder" : SystemCalls.reason(number), true, isMissing))
            return
        }
        guard FileSystem.kind(of: resolved) != .folder else {
            return walk(resolved, honorsIgnoreFiles ? IgnoreRules(for: resolved) : nil)
        }
        guard let language = SourceLanguage(path: resolved) ?? SourceLanguage(path: path) else {
            let endings = SourceLanguage.endings.keys.sorted().map { "." + $0 }.joined(separator: ", ")
            problems.append((path, "its name does not tell a language; expected one of \(endings)", true, false))
            return
        }
        append(resolved, language, isNamed: true)
    }

    private mutating func append(_ path: String, _ language: SourceLanguage, isNamed: Bool) {
        guard seen.insert(path).inserted else { return }
        var status = stat()
        let byteCount = stat(path, &status) == 0 ? Int(status.st_size) : 0
        files.append(File(path: path, language: language, byteCount: byteCount, isNamed: isNamed))
    }

    private static let versionControl: Set = [".git", ".hg", ".svn"]

    private mutating func walk(_ top: String, _ rules: IgnoreRules?) {
        // The folders that are still to be read, the next one last: deep trees need no deep stack.
        var folders = [(path: top, rules: rules)]
        while let (folder, rules) = folders.popLast() {
            let names: [String]
            do {
                names = try FileSystem.names(inFolder: folder)
            } catch {
                problems.append((folder, error.problem, folder == top, false))
                continue
            }
            var inner: [(path: String, rules: IgnoreRules?)] = []
            for name in names where !Self.versionControl.contains(name) {
                let path = FileSystem.join(folder, name)
                var status = stat()
                guard lstat(path, &status) == 0 else {
                    problems.append((path, SystemCalls.reason(errno), false, false))
                    continue
                }
                let isFolder = status.st_mode & S_IFMT == S_IFDIR
                let language = status.st_mode & S_IFMT == S_IFREG ? SourceLanguage(path: name) : nil
                guard isFolder || language != nil else { continue }
                if rules?.excludes(path, isFolder: isFolder) == true {
                    ignored += 1
                } else if let language {
                    append(path, language, isNamed: false)
                } else {
                    var own = rules
                    own?.enter(path)
                    inner.append((path, own))
                }
            }
            folders += inner.reversed()
        }
    }
}
