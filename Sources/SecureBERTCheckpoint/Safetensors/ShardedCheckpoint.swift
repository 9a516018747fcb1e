import SecureBERTJSON
import SecureBERTTensor

/// A checkpoint split into several files, with an index that says which file holds which tensor:
/// `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
public final class ShardedCheckpoint: TensorSource {
    /// The index file.
    public let path: String
    /// The files of the shards, in the order the index first names them.
    public let files: [String]
    /// The names of all tensors, in the order of the file.
    public let tensorNames: [String]

    private let shards: [any TensorSource]
    /// The index in ``shards`` of the file that holds a tensor.
    private let shardIndices: [String: Int]

    static let maximumIndexByteCount = 8 << 20
    static let maximumShardCount = 1024

    /// Opens the index and every file it names.
    /// - Parameters:
    ///   - path: the index file.
    ///   - open: opens one shard, given its path.
    /// - Throws: ``CheckpointError`` when a shard is missing or invalid, when the index names a path that is not a plain
    ///   file name, or when a tensor is not in the shard the index names.
    public init(
        path: String, open: (String) throws(CheckpointError) -> any TensorSource
    ) throws(CheckpointError) {
        let index = try FileSystem.readJSON(path, limit: Self.maximumIndexByteCount)
        guard let map = index["weight_map"]?.objectValue, !map.members.isEmpty else {
            throw CheckpointError(.malformed, file: path, "has no \"weight_map\" object with the tensors' files")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var shards: [any TensorSource] = []
        var files: [String] = []
        var indexOfFile: [String: Int] = [:]
        var shardIndices = [String: Int](minimumCapacity: map.members.count)
        for (name, value) in map.members {
            guard let shardName = value.stringValue, ContainedPath.isPlainName(shardName) else {
                throw CheckpointError(
                    .unsafe, file: path,
                    "maps \(name.quoted) to \(value.text.printable), expected the name of a file in the same folder")
            }
            let shardIndex: Int
            if let known = indexOfFile[shardName] {
                shardIndex = known
            } else {
                guard shards.count < Self.maximumShardCount else {
                    throw CheckpointError(.limitExceeded, file: path, "names more than \(Self.maximumShardCount) files")
                }
                let shardPath = try ContainedPath.join(shardName, to: folder, namedBy: path, as: "the shard")
                do {
                    shards.append(try open(shardPath))
                } catch let error where error.code == .notFound {
                    throw CheckpointError(
                        .notFound, file: path,
                        "needs the file \(shardName.quoted), which is missing; download the whole folder again")
                }
                files.append(shardPath)
                shardIndex = shards.count - 1
                indexOfFile[shardName] = shardIndex
            }
            guard shards[shardIndex].tensorDescription(named: name) != nil else {
                throw CheckpointError(
                    .malformed, file: path,
                    "says that \(shardName.quoted) holds the tensor \(name.quoted), which is not in that file")
            }
            guard shardIndices.updateValue(shardIndex, forKey: name) == nil else {
                throw CheckpointError(.malformed, file: path, "names the tensor \(name.quoted) twice")
            }
        }
        self.path = path
        self.files = files
        self.shards = shards
        self.shardIndices = shardIndices
        tensorNames = map.members.map(\.key)
    }

    /// Opens a sharded safetensors checkpoint by its index file.
    /// - Throws: ``CheckpointError`` as ``init(path:open:)``.
    public convenience init(safetensorsIndex path: String) throws(CheckpointError) {
        try self.init(path: path) { path throws(CheckpointError) in try SafetensorsFile(path: path) }
    }

    /// What the file says about a tensor; nil when it has none of that name.
    public func tensorDescription(named name: String) -> TensorDescription? {
        shardIndices[name].flatMap { shards[$0].tensorDescription(named: name) }
    }

    /// Lets the system drop the pages of all files.
    public func discardPages() { for shard in shards { shard.discardPages() } }

    /// A tensor.
    /// - Throws: ``CheckpointError`` when there is none of that name, or its element type is not one of `ElementType`.
    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        guard let index = shardIndices[name] else { throw missing(name) }
        return try shards[index].tensor(named: name)
    }
}
