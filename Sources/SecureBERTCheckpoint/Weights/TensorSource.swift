import SecureBERTTensor

/// What a checkpoint says about one of its tensors, known without reading the elements.
public struct TensorDescription: Sendable, Hashable {
    /// The name in the checkpoint.
    public let name: String
    /// The element type as the file spells it: "F32", "torch.FloatStorage".
    public let storedType: String
    /// The element type as a `Tensor` has it; nil when this package cannot compute with the stored type.
    public let elementType: ElementType?
    /// The extents, outermost first.
    public let shape: Shape
    /// Size of the elements in bytes.
    public let byteCount: Int

    /// Describes a tensor.
    public init(name: String, storedType: String, elementType: ElementType?, shape: Shape, byteCount: Int) {
        self.name = name
        self.storedType = storedType
        self.elementType = elementType
        self.shape = shape
        self.byteCount = byteCount
    }
}

/// A checkpoint: named tensors in one file or several.
public protocol TensorSource: Sendable {
    /// The file that messages name: the checkpoint, or the index of a sharded one.
    var path: String { get }

    /// The files that hold the tensors, without an index.
    var files: [String] { get }

    /// The names of all tensors, in the order of the file.
    var tensorNames: [String] { get }

    /// What the checkpoint says about a tensor; nil when it has none of that name. Constant time.
    func tensorDescription(named name: String) -> TensorDescription?

    /// A tensor. Aligned, contiguous elements stay in the mapped file; others are copied.
    /// - Throws: ``CheckpointError`` when there is none of that name, or its element type is not one of `ElementType`.
    func tensor(named name: String) throws(CheckpointError) -> Tensor

    /// Tells the system that the mapped pages read so far are not needed for now. Tensors stay valid: what is read again is
    /// loaded again.
    func discardPages()
}

extension TensorSource {
    /// Nothing, for a source that maps no file.
    public func discardPages() {}

    /// What the checkpoint says about all of its tensors, in the order of the file.
    public var tensorDescriptions: [TensorDescription] { tensorNames.compactMap { tensorDescription(named: $0) } }

    package func missing(_ name: String) -> CheckpointError {
        CheckpointError(.weightMismatch, file: path, "holds no tensor named \(name.quoted)")
    }

    package func unsupportedType(_ description: TensorDescription) -> CheckpointError {
        CheckpointError(
            .unsupported, file: path,
            """
            the tensor \(description.name.quoted) is stored as \(description.storedType.printable); \
            only float32, float16, bfloat16, int8 and int32 can be used
            """)
    }
}

extension CheckpointError {
    /// A tensor that the tensor layer refused to make, told with the file and the name.
    init(_ error: TensorError, file: String, tensor: String) {
        self.init(
            error.code == .outOfMemory ? .limitExceeded : .malformed, file: file,
            "the tensor \(tensor.quoted) cannot be made: \(error.description)")
    }
}
