/// The folders that documents were read from, and what files are called for those who must not learn where they are: by their path
/// below the folder, with the folder's name before it when there are several.
struct SearchRoots: Sendable, Equatable {
    /// Absolute paths, none below another, and what stands before the names of their files.
    private let roots: [(path: String, label: String)]

    /// - Parameter paths: absolute paths of folders, in the order in which they became part of the index.
    init(_ paths: [String]) {
        let outermost = paths.filter { path in !paths.contains { $0 != path && path.part(behind: $0 + "/") != nil } }
        var counts: [String: Int] = [:]
        roots = outermost.map { path in
            let name = Self.lastPart(path)
            let count = counts[name, default: 0] + 1
            counts[name] = count
            let label = count == 1 ? name : "\(name)-\(count)"
            return (path, outermost.count == 1 ? "" : label + "/")
        }
    }

    static func == (left: SearchRoots, right: SearchRoots) -> Bool {
        left.roots.elementsEqual(right.roots) { $0 == $1 }
    }

    /// What a file is called; its own name alone when it is below none of the folders.
    func name(of path: String) -> String {
        for root in roots { if let rest = path.part(behind: root.path + "/") { return root.label + rest } }
        return Self.lastPart(path)
    }

    /// The absolute paths that a name of a file or of a folder may stand for.
    func paths(named name: String) -> [String] {
        roots.compactMap { root in
            if name + "/" == root.label { return root.path }
            return name.part(behind: root.label).map { $0.isEmpty ? root.path : root.path + "/" + $0 }
        }
    }

    private static func lastPart(_ path: String) -> String {
        String(decoding: path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...], as: UTF8.self)
    }
}

extension String {
    /// What follows a beginning, byte by byte: in paths a mark behind a slash is no part of the slash.
    func part(behind beginning: String) -> String? {
        guard utf8.starts(with: beginning.utf8) else { return nil }
        return String(decoding: utf8.dropFirst(beginning.utf8.count), as: UTF8.self)
    }
}
