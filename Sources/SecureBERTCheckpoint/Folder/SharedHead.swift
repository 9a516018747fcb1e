import SecureBERTJSON
import SecureBERTTensor

/// One of several heads on the same encoder.
///
///     DIR/config.json, model.safetensors, tokenizer   the encoder; the weights of heads are named heads.NAME.*
///     DIR/heads/NAME/config.json                       a head, with "shared_encoder": true
///
/// `DIR/heads/NAME` can be opened like any model; which folder the encoder is in depends on its place alone, not on what a file
/// says.
public struct SharedHead: Sendable {
    /// The folder of heads.
    public static let folderName = "heads"
    /// The member of `config.json` that is true for a head.
    public static let key = "shared_encoder"

    /// What the head is called.
    public let name: String
    /// The folder of the encoder.
    public let encoderFolder: String

    /// What is at a path; nil when it is a model of its own.
    init?(path: String) throws(CheckpointError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count >= 2, parts[parts.count - 2] == Self.folderName else { return nil }
        let file = FileSystem.join(path, "config.json")
        guard FileSystem.kind(of: file) == .file,
            try FileSystem.readJSON(file, limit: 8 << 20)[Self.key]?.boolValue == true
        else { return nil }
        name = String(parts[parts.count - 1])
        encoderFolder = FileSystem.join(path, "../..")
    }

    /// The names of the heads of a folder, sorted.
    public static func names(inFolder folder: String) throws(CheckpointError) -> [String] {
        let heads = FileSystem.join(folder, folderName)
        guard FileSystem.kind(of: heads) == .folder else { return [] }
        return try FileSystem.names(inFolder: heads).filter {
            FileSystem.kind(of: FileSystem.join(heads, "\($0)/config.json")) == .file
        }.sorted()
    }

    /// The folder of a head.
    public static func path(_ name: String, inFolder folder: String) -> String {
        FileSystem.join(folder, "\(folderName)/\(name)")
    }

    /// This head's weights, with or without the encoder's.
    struct Weights: TensorSource {
        private let all: any TensorSource
        private let prefix: String
        let tensorNames: [String]

        init(_ all: any TensorSource, head: String, includesEncoder: Bool) {
            self.all = all
            prefix = "\(SharedHead.folderName).\(head)."
            let (prefix, general) = (prefix, "\(SharedHead.folderName).")
            tensorNames = all.tensorNames.compactMap { name in
                if name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
                return includesEncoder && !name.hasPrefix(general) ? name : nil
            }
        }

        var path: String { all.path }
        var files: [String] { all.files }

        private func stored(_ name: String) -> String {
            all.tensorDescription(named: prefix + name) == nil ? name : prefix + name
        }

        func tensorDescription(named name: String) -> TensorDescription? {
            all.tensorDescription(named: stored(name))
        }

        func tensor(named name: String) throws(CheckpointError) -> Tensor { try all.tensor(named: stored(name)) }

        func discardPages() { all.discardPages() }
    }
}
