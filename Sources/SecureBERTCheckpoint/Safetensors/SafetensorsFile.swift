import SecureBERTTensor

/// A safetensors file, mapped into memory: opening reads the header only, tensors stay where they are in the file.
public final class SafetensorsFile: TensorSource {
    /// The file.
    public let path: String
    /// The names of all tensors, in the order of the file.
    public let tensorNames: [String]
    /// The text entries of `__metadata__`, in the order of the file.
    public let metadata: [(key: String, value: String)]

    private let file: MappedFile
    private let entries: [String: SafetensorsHeader.Entry]

    /// Maps a file and checks its header.
    ///
    /// The checks are those of the reference implementation: at most 100,000,000 bytes of UTF-8 JSON without duplicate
    /// keys, known element types, sizes that agree with shapes, data without holes, overlap or remainder.
    /// - Throws: ``CheckpointError`` that names the file, the tensor and the byte counts.
    public init(path: String) throws(CheckpointError) {
        let file = try FileSystem.map(path)
        if let problem = strangeContent(file.bytes) { throw CheckpointError(.malformed, file: path, problem) }
        let header = try SafetensorsHeader(file.bytes, file: path)
        var entries = [String: SafetensorsHeader.Entry](minimumCapacity: header.entries.count)
        for entry in header.entries where entries.updateValue(entry, forKey: entry.name) != nil {
            throw CheckpointError(
                .malformed, file: path,
                "has two tensors named \(entry.name.quoted), spelled with different bytes that mean the same characters"
            )
        }
        self.path = path
        self.file = file
        self.entries = entries
        tensorNames = header.entries.map(\.name)
        metadata = header.metadata
    }

    /// The file itself.
    public var files: [String] { [path] }

    /// What the file says about a tensor; nil when it has none of that name.
    public func tensorDescription(named name: String) -> TensorDescription? {
        entries[name].map { entry in
            TensorDescription(
                name: entry.name, storedType: entry.type.rawValue, elementType: entry.type.elementType,
                shape: entry.shape, byteCount: entry.range.count)
        }
    }

    /// Lets the system drop the pages of the file.
    public func discardPages() { file.discard(0..<file.bytes.count) }

    /// A tensor.
    /// - Throws: ``CheckpointError`` when there is none of that name, or its element type is not one of `ElementType`.
    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        guard let entry = entries[name], let description = tensorDescription(named: name) else { throw missing(name) }
        guard let elementType = description.elementType else { throw unsupportedType(description) }
        do {
            return try Tensor(mapping: entry.range, of: file, elementType: elementType, shape: entry.shape)
        } catch {
            throw CheckpointError(error, file: path, tensor: name)
        }
    }
}

extension Tensor {
    /// Elements inside a mapped file: a view where they are aligned, a copy otherwise. The format does not promise
    /// alignment, and a misaligned load is undefined behaviour.
    init(
        mapping range: Range<Int>, of file: MappedFile, elementType: ElementType, shape: Shape
    ) throws(TensorError) {
        let storage = try TensorStorage(file: file, range: range)
        let address = storage.bytes.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        if address.isMultiple(of: UInt(elementType.byteCount)) {
            try self.init(storage: storage, elementType: elementType, shape: shape)
        } else {
            try self.init(uninitialized: shape, elementType: elementType)
            mutableBytes?.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.bytes.prefix(byteCount)))
        }
    }
}
