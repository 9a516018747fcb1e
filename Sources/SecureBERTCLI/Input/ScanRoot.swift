import SecureBERTCheckpoint

/// The folder that paths of a scan are relative to.
struct ScanRoot {
    /// Absolute, without a slash at the end; empty for the root of the file system.
    private let path: String

    /// - Parameters:
    ///   - named: What was asked for; nil for the current folder, or what all files have in common when some are not in it.
    ///   - files: Absolute paths.
    /// - Throws: ``CommandLineError`` when the folder that was named does not exist or has not all files.
    init(_ named: String?, _ files: [String]) throws(CommandLineError) {
        func holdsAll(_ folder: String) -> Bool { files.allSatisfy { $0.hasPrefix(folder + "/") } }
        if let named {
            guard let resolved = FileSystem.resolved(named), FileSystem.kind(of: resolved) == .folder else {
                throw CommandLineError(.notFound, "\(named.visible): there is no such folder")
            }
            path = resolved == "/" ? "" : resolved
            if let other = files.first(where: { !$0.hasPrefix(path + "/") }) {
                throw CommandLineError(
                    .usage, "\(other.visible) is not in \(named.visible), which --root says all paths are in")
            }
            return
        }
        let current = FileSystem.resolved(".").map { $0 == "/" ? "" : $0 } ?? ""
        if holdsAll(current) {
            path = current
            return
        }
        var common = files.first.map { $0.split(separator: "/").dropLast().map(String.init) } ?? []
        for file in files {
            let parts = file.split(separator: "/").dropLast()
            common = Array(zip(common, parts).prefix { $0 == String($1) }.map(\.0))
        }
        path = common.map { "/" + $0 }.joined()
    }

    /// A path relative to the root; one that is elsewhere as it is.
    func relative(_ file: String) -> String {
        file.hasPrefix(path + "/") ? String(file.dropFirst(path.count + 1)) : file
    }
}
