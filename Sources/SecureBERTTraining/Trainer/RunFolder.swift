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
///
/// A folder appears under its name complete or not at all: it is written under another name, made durable and renamed.
public struct RunFolder: Sendable {
    public let path: String

    /// The folder of a new or an existing run; made when it does not exist.
    /// - Throws: `CheckpointError` when it cannot be made.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        try FileSystem.makeFolder(path)
        try removeUnfinished()
    }

    private var checkpointsFolder: String { FileSystem.join(path, "checkpoints") }
    private static let stepPrefix = "step-"

    /// Something to go on from.
    struct Checkpoint {
        let folder: String
        let steps: Int
        let tokens: Int
        let best: Double?
        let evaluationsSinceBest: Int
        let dataState: JSON
        let identity: JSON

        var modelFolder: String { FileSystem.join(folder, "model") }
        var optimizerFile: String { FileSystem.join(folder, "optimizer.safetensors") }
        var stateFile: String { FileSystem.join(folder, "state.json") }

        init(folder: String) throws {
            self.folder = folder
            let file = FileSystem.join(folder, "state.json")
            let json = try FileSystem.readJSON(file, limit: 16 << 20)
            guard json["version"]?.integerValue == 1, let steps = json["steps"]?.integerValue, steps >= 0,
                let tokens = json["tokens"]?.integerValue, let data = json["data"], let identity = json["identity"]
            else {
                throw TrainingError(
                    .badCheckpoint,
                    "\(file): is not the state of a checkpoint of this version; remove its folder to go on from an older one"
                )
            }
            self.steps = steps
            self.tokens = tokens
            best = json["best"]?.doubleValue
            evaluationsSinceBest = json["evaluationsSinceBest"]?.integerValue ?? 0
            dataState = data
            self.identity = identity
        }

        /// - Throws: ``TrainingError`` naming what is no longer what it was.
        func checkIdentity(_ current: [(name: String, value: String)]) throws {
            for (name, value) in current where identity[name]?.stringValue != value {
                throw TrainingError(
                    .mismatch,
                    """
                    \(folder): was saved with another \(name); resume with the one it was started with, or give a new \
                    run folder
                    """)
            }
        }
    }

    /// The checkpoint with the most steps; nil when there is none.
    func latestCheckpoint() throws -> Checkpoint? {
        try checkpointNames().last.map { try Checkpoint(folder: FileSystem.join(checkpointsFolder, $0)) }
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
        steps: Int, tokens: Int, best: Double?, evaluationsSinceBest: Int, dataState: JSON,
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
                "data": dataState,
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
        try? Self.remove(temporary)
        try FileSystem.makeFolder(temporary)
        try fill(temporary)
        try Self.synchronize(temporary)
        let old = folder + ".old.partial"
        try? Self.remove(old)
        // A folder with content cannot be replaced in one step; between the two the old one is still there under its new name.
        if FileSystem.kind(of: folder) != nil, rename(folder, old) != 0 {
            throw FileSystem.systemError(folder, "cannot be replaced", .writeFailed)
        }
        guard rename(temporary, folder) == 0 else {
            throw FileSystem.systemError(folder, "cannot be put in place", .writeFailed)
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
