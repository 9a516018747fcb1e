#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension FileSystem {
    /// Makes a folder; one that is there already is fine.
    package static func makeFolder(_ path: String) throws(CheckpointError) {
        guard mkdir(path, 0o777) == 0 || (errno == EEXIST && kind(of: path) == .folder) else {
            throw systemError(path, "cannot be made as a folder", .writeFailed)
        }
    }

    /// Copies the files of a folder, and of the folders in it, into an existing one.
    /// - Parameter exception: A name in the folder that is left out.
    package static func copyFiles(
        from source: String, to target: String, except exception: String? = nil
    ) throws(CheckpointError) {
        for name in try names(inFolder: source) where name != exception {
            let (from, to) = (join(source, name), join(target, name))
            if kind(of: from) == .folder {
                try makeFolder(to)
                try copyFiles(from: from, to: to)
            } else {
                try AtomicFile.write(read(from, limit: 1 << 40), to: to)
            }
        }
    }
}
