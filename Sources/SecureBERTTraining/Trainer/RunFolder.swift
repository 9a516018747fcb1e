import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a run lives.
///
///     RUN/checkpoints/step-00000200/   model/, optimizer.safetensors, state.json: everything to go on from
///     RUN/best/                        the model that measured best so far
///     RUN/model/                       the model at the end of the run
///     RUN/log.jsonl, events.*, report.html
///     RUN/.lock                        held by the process that trains
///
/// A folder appears under its name complete or not at all: it is written under another name, made durable and renamed.
public struct RunFolder: Sendable {
    public let path: String
    /// Held as long as anybody has this folder: what is unfinished in it is then nobody else's.
    private let lock: RunLock

    /// The folder of a new or an existing run; made when it does not exist. Nobody else can open it while this value or a copy
    /// of it lives.
    /// - Parameter path: The folder.
    /// - Throws: `CheckpointError` when it cannot be made, or another run has it open.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        try FileSystem.makeFolder(path)
        lock = try RunLock(folder: path)
        try removeUnfinished()
    }

    private var checkpointsFolder: String { FileSystem.join(path, "checkpoints") }
    private static let stepPrefix = "step-"

    /// The checkpoint with the most steps; nil when there is none.
    /// - Throws: ``TrainingError`` when it is damaged; `CheckpointError` when it cannot be read.
    func latestCheckpoint() throws -> Checkpoint? {
        let names = try checkpointNames()
        return try names.last.map {
            try Checkpoint(folder: FileSystem.join(checkpointsFolder, $0), older: names.dropLast().last)
        }
    }

    /// The names of complete checkpoints, by their steps.
    private func checkpointNames() throws(CheckpointError) -> [String] {
        guard FileSystem.kind(of: checkpointsFolder) != nil else { return [] }
        return try FileSystem.names(inFolder: checkpointsFolder).filter {
            $0.hasPrefix(Self.stepPrefix) && !$0.hasSuffix(".partial")
        }
    }

    /// Saves a checkpoint, then removes the oldest beyond `keeping`.
    func saveCheckpoint(
        steps: Int, tokens: Int, best: Double?, evaluationsSinceBest: Int, threads: Int, dataState: JSON,
        identity: [(name: String, value: String)],
        optimizer: [(name: String, tensor: Tensor)], keeping: Int, model: (String) throws -> Void
    ) throws -> String {
        try FileSystem.makeFolder(checkpointsFolder)
        let digits = String(steps)
        let name = Self.stepPrefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        let folder = FileSystem.join(checkpointsFolder, name)
        try replace(folder) { temporary in
            let modelFolder = FileSystem.join(temporary, "model")
            try FileSystem.makeFolder(modelFolder)
            try model(modelFolder)
            try SafetensorsWriter.write(optimizer, to: FileSystem.join(temporary, "optimizer.safetensors"))
            let state: JSON = [
                "version": 1, "steps": .integer(steps), "tokens": .integer(tokens),
                "best": best.map(JSON.number) ?? .null, "evaluationsSinceBest": .integer(evaluationsSinceBest),
                "threads": .integer(threads), "data": dataState,
                "identity": .object(.init(identity.map { ($0.name, .string($0.value)) })),
            ]
            var bytes: [UInt8] = []
            state.write(into: &bytes)
            try AtomicFile.write(bytes, to: FileSystem.join(temporary, "state.json"))
        }
        for old in try checkpointNames().dropLast(keeping) {
            try Self.remove(FileSystem.join(checkpointsFolder, old))
        }
        return folder
    }

    /// Puts a model in place of the one of that name.
    func replaceModel(_ name: String, _ model: (String) throws -> Void) throws {
        try replace(FileSystem.join(path, name), model)
    }

    /// Fills a folder under a temporary name and moves it to its own.
    private func replace(_ folder: String, _ fill: (String) throws -> Void) throws {
        let temporary = folder + ".partial"
        let old = folder + ".old.partial"
        do {
            try? Self.remove(temporary)
            try FileSystem.makeFolder(temporary)
            try fill(temporary)
            try Self.synchronize(temporary)
            try? Self.remove(old)
            // A folder with content cannot be replaced in one step; between the two the old one is still there under its new name.
            if FileSystem.kind(of: folder) != nil, rename(folder, old) != 0 {
                throw FileSystem.systemError(folder, "cannot be replaced", .writeFailed)
            }
            guard rename(temporary, folder) == 0 else {
                throw FileSystem.systemError(folder, "cannot be put in place", .writeFailed)
            }
        } catch {
            // What is half written may be what fills the disk, and the next start may be long in coming.
            try? Self.remove(temporary)
            if FileSystem.kind(of: folder) == nil, FileSystem.kind(of: old) != nil { rename(old, folder) }
            throw error
        }
        try Self.synchronize(FileSystem.join(folder, ".."))
        try? Self.remove(old)
    }

    /// Removes what a run that was killed has left half done. A model that was being replaced is put back.
    private func removeUnfinished() throws(CheckpointError) {
        for parent in [path, checkpointsFolder] where FileSystem.kind(of: parent) != nil {
            for name in try FileSystem.names(inFolder: parent) where name.hasSuffix(".partial") {
                let unfinished = FileSystem.join(parent, name)
                if name.hasSuffix(".old.partial") {
                    let place = FileSystem.join(parent, String(name.dropLast(".old.partial".count)))
                    if FileSystem.kind(of: place) == nil, rename(unfinished, place) == 0 { continue }
                }
                try Self.remove(unfinished)
            }
        }
    }

    /// Makes the names in a folder durable.
    private static func synchronize(_ path: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystem.systemError(path, "cannot be opened", .writeFailed) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileSystem.systemError(path, "cannot be made durable", .writeFailed)
        }
    }

    /// Removes a file, or a folder with what it holds.
    private static func remove(_ path: String) throws(CheckpointError) {
        if FileSystem.kind(of: path) == .folder, !FileSystem.isSymbolicLink(path) {
            for name in try FileSystem.names(inFolder: path) { try remove(FileSystem.join(path, name)) }
            guard rmdir(path) == 0 else { throw FileSystem.systemError(path, "cannot be removed", .writeFailed) }
        } else {
            guard unlink(path) == 0 else { throw FileSystem.systemError(path, "cannot be removed", .writeFailed) }
        }
    }
}
