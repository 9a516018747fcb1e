import SecureBERTTensor

/// A checkpoint with a LoRA adapter in its matrices, or without one that is in them.
///
/// Adding also replaces the modules that were trained in full; what they were before cannot be known when taking away.
public struct AdaptedWeights: TensorSource {
    public let tensorNames: [String]
    private let base: any TensorSource
    private let updates: [String: AdapterFolder.Update]
    private let replaced: [String: Tensor]
    private let factor: Float
    private let compute: Compute

    public var path: String { base.path }
    public var files: [String] { base.files }

    /// - Parameters:
    ///   - base: The checkpoint.
    ///   - adapter: The adapter.
    ///   - isSubtracting: Whether to take the adapter away, exact but for rounding.
    ///   - compute: Where the products are computed, when a tensor is asked for.
    /// - Throws: `CheckpointError` for a module that the checkpoint has not, or in another shape.
    public init(
        _ base: any TensorSource, _ adapter: AdapterFolder, subtracting isSubtracting: Bool = false, compute: Compute
    ) throws(CheckpointError) {
        let prefix = WeightReader.detectEncoderPrefix(base.tensorNames)
        var updates: [String: AdapterFolder.Update] = [:]
        for update in adapter.updates {
            let name = EncoderNames.replacingPrefix(of: update.module + ".weight", by: prefix)
            guard let description = base.tensorDescription(named: name) else {
                throw CheckpointError(
                    .weightMismatch, file: adapter.path,
                    "adapts \(update.module.quoted), which \(base.path.printable) has not; is it for another model?")
            }
            let shape = [update.b.shape[0], update.a.shape[1]]
            guard description.shape.dimensions == shape else {
                throw CheckpointError(
                    .weightMismatch, file: adapter.path,
                    """
                    adapts \(update.module.quoted) as \(shape), in \(base.path.printable) it is \(description.shape); is it \
                    for another model?
                    """)
            }
            guard updates.updateValue(update, forKey: name) == nil else {
                throw CheckpointError(.malformed, file: adapter.path, "adapts \(name.quoted) twice")
            }
        }
        var replaced: [String: Tensor] = [:]
        for (name, tensor) in isSubtracting ? [] : adapter.savedTensors {
            let stored = EncoderNames.replacingPrefix(of: name, by: prefix)
            guard updates[stored] == nil, replaced.updateValue(tensor, forKey: stored) == nil else {
                throw CheckpointError(.malformed, file: adapter.path, "has the tensor \(stored.quoted) twice")
            }
        }
        tensorNames =
            base.tensorNames
            + replaced.keys.filter { base.tensorDescription(named: $0) == nil }.sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        self.base = base
        self.updates = updates
        self.replaced = replaced
        factor = Float(isSubtracting ? -adapter.configuration.factor : adapter.configuration.factor)
        self.compute = compute
    }

    public func tensorDescription(named name: String) -> TensorDescription? {
        let stored = base.tensorDescription(named: name)
        let changed = updates[name] == nil ? replaced[name]?.shape : stored?.shape
        return changed.map {
            TensorDescription(
                name: name, storedType: "F32", elementType: .float32, shape: $0,
                byteCount: $0.count * ElementType.float32.byteCount)
        } ?? stored
    }

    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        do {
            if let update = updates[name] {
                return try compute.lowRankSum(
                    base.tensor(named: name), compute.float32(update.b), compute.float32(update.a), factor: factor)
            }
            if let tensor = replaced[name] { return try compute.float32(tensor) }
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError(.limitExceeded, file: path, "the tensor \(name.quoted) cannot be made: \(error)")
        }
        return try base.tensor(named: name)
    }

    public func discardPages() { base.discardPages() }
}
