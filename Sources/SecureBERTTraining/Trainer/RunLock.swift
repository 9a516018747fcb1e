import SecureBERTCheckpoint

/// Keeps other processes from training in the same folder, for as long as the object lives.
final class RunLock: Sendable {
    static let fileName = ".lock"

    private let lock: FileLock

    /// - Parameter folder: The folder of the run, which exists.
    /// - Throws: `CheckpointError` that names the other process when there is one, or when the folder cannot be locked.
    init(folder: String) throws(CheckpointError) {
        let path = FileSystem.join(folder, Self.fileName)
        do {
            lock = try FileLock(path)
        } catch {
            switch error {
            case .cannotOpen(let number):
                throw FileSystem.systemError(path, "cannot be written", .writeFailed, number: number)
            case .cannotLock(let number):
                throw FileSystem.systemError(
                    folder, "cannot be locked, which needs a disk with locks", .writeFailed, number: number)
            case .held(let owner):
                throw CheckpointError(
                    .writeFailed, file: folder,
                    """
                    is the folder of a run that goes on\(owner.map { " (process \($0))" } ?? ""); wait until that has \
                    ended, stop it, or give another folder
                    """)
            }
        }
    }
}
