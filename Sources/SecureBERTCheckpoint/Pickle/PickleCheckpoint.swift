import SecureBERTTensor

/// A `pytorch_model.bin`: tensors in a pickle, read without executing anything.
///
/// Both layouts that `torch.save` has written are understood: the zip archive of torch 1.6 and later, and the
/// older sequence of pickles with the storages behind them. See `Unpickler` for what a pickle may contain.
///
/// The weights are the dictionary the file holds; when that has a dictionary under `state_dict` or, failing that,
/// under `model`, they are that one. Values that are not tensors are not weights and are passed over.
public final class PickleCheckpoint: TensorSource {
    /// The file.
    public let path: String
    /// The names of all tensors, in the order of the file.
    public let tensorNames: [String]

    private let file: MappedFile
    private let views: [String: StridedView]

    /// Maps a checkpoint and reads its pickle; the tensors' elements stay in the file.
    /// - Throws: ``CheckpointError`` for anything but tensors, in which case nothing was executed, and for archives,
    ///   pickles and tensors that contradict themselves.
    public init(path: String) throws(CheckpointError) {
        let file = try FileSystem.map(path)
        if let problem = strangeContent(file.bytes) { throw CheckpointError(.malformed, file: path, problem) }
        let content: PickleContent
        if file.bytes.starts(with: ZipArchive.signature) {
            content = try PickleContent(zip: file.bytes, file: path)
        } else if LegacyLayout.matches(file.bytes) {
            content = try PickleContent(legacy: file.bytes, file: path)
        } else {
            throw CheckpointError(
                .malformed, file: path, "is neither a zip archive nor an older checkpoint written by torch.save")
        }
        var names: [String] = []
        var views: [String: StridedView] = [:]
        for (key, value) in try Self.stateDictionary(content, file: path) {
            guard let name = key.stringValue, case .tensor(let index) = value else { continue }
            let view = try StridedView(content.objects.tensors[index], name: name, content: content, file: path)
            guard views.updateValue(view, forKey: name) == nil else {
                throw CheckpointError(.malformed, file: path, "has two tensors named \(name.quoted)")
            }
            names.append(name)
        }
        guard !names.isEmpty else { throw CheckpointError(.malformed, file: path, "holds no tensors by name") }
        self.path = path
        self.file = file
        self.views = views
        tensorNames = names
    }

    /// The file itself.
    public var files: [String] { [path] }

    /// What the file says about a tensor; nil when it has none of that name.
    public func tensorDescription(named name: String) -> TensorDescription? {
        views[name].map { view in
            TensorDescription(
                name: name, storedType: view.type.rawValue, elementType: view.type.elementType, shape: view.shape,
                byteCount: view.shape.count * view.type.byteCount)
        }
    }

    /// Lets the system drop the pages of the file.
    public func discardPages() { file.discard(0..<file.bytes.count) }

    /// A tensor.
    /// - Throws: ``CheckpointError`` when there is none of that name, or its element type is not one of `ElementType`.
    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        guard let view = views[name], let description = tensorDescription(named: name) else { throw missing(name) }
        guard let elementType = description.elementType else { throw unsupportedType(description) }
        do {
            return try view.tensor(of: file, elementType: elementType)
        } catch {
            throw CheckpointError(error, file: path, tensor: name)
        }
    }

    private static func stateDictionary(
        _ content: PickleContent, file: String
    ) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard case .dictionary(let index) = content.root else {
            throw CheckpointError(.malformed, file: file, "holds something other than a dictionary of tensors")
        }
        let root = content.objects.dictionaries[index]
        for name in ["state_dict", "model"] {
            for (key, value) in root where key.stringValue == name {
                if case .dictionary(let inner) = value { return content.objects.dictionaries[inner] }
            }
        }
        return root
    }
}

extension ShardedCheckpoint {
    /// Opens a sharded pickle checkpoint by its index file, `pytorch_model.bin.index.json`.
    /// - Throws: ``CheckpointError`` as ``init(path:open:)``.
    public convenience init(pickleIndex path: String) throws(CheckpointError) {
        try self.init(path: path) { path throws(CheckpointError) in try PickleCheckpoint(path: path) }
    }
}
