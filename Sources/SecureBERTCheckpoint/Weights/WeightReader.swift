import SecureBERTTensor
import Synchronization

/// Hands the tensors of a checkpoint to a model that is being built.
///
/// The model asks by name and shape, scope by scope, as its layers are nested:
///
/// ```swift
/// let reader = WeightReader(checkpoint)
/// let layer = reader.encoder.scoped("encoder.layer.0")
/// let weight = try layer.scoped("attention.self.query").tensor("weight", [hiddenSize, hiddenSize])
/// let bias = try reader.scoped("lm_head").tensor("bias", [vocabularySize])
/// let unused = try reader.finish()
/// ```
/// What is missing or has another shape does not stop the reading at once: ``finish()`` reports all of it together.
/// Checkpoints differ in spelling, and the reader takes care of it: the encoder's names may start with `roberta.`,
/// `bert.`, `model.` or nothing (see ``encoder``), and old layer norms are called `gamma` and `beta`.
public struct WeightReader: Sendable {
    /// The checkpoint that is read.
    public let source: any TensorSource
    /// What the names asked for are put behind: "encoder.layer.0.", or nothing.
    public let path: String

    private let encoderPrefix: String
    private let record: Record

    /// The prefixes an encoder's names may have in a checkpoint.
    public static let encoderPrefixes = ["", "roberta.", "bert.", "model."]

    /// Memory that stand-ins for missing tensors may take beyond the size of the checkpoint, in bytes.
    static let standInAllowance = 64 << 20

    /// A reader at the root of the checkpoint, where the heads are.
    public init(_ source: any TensorSource) {
        self.source = source
        path = ""
        encoderPrefix = Self.detectEncoderPrefix(source.tensorNames)
        let byteCount = source.tensorDescriptions.reduce(0) { $0 + $1.byteCount }
        record = Record(standInBudget: byteCount + Self.standInAllowance)
    }

    private init(_ parent: WeightReader, path: String) {
        source = parent.source
        self.path = path
        encoderPrefix = parent.encoderPrefix
        record = parent.record
    }

    /// A reader whose names are inside `name`.
    public func scoped(_ name: String) -> WeightReader {
        WeightReader(self, path: path + name + ".")
    }

    /// A reader at the root of the encoder, behind the prefix this checkpoint uses for it.
    public var encoder: WeightReader {
        WeightReader(self, path: encoderPrefix)
    }

    /// Whether the checkpoint has a tensor of that name in this scope.
    public func contains(_ name: String) -> Bool {
        storedName(name) != nil
    }

    /// A tensor of the checkpoint.
    ///
    /// When the checkpoint has none, or one of another shape or element type, that is noted for ``finish()`` and a
    /// tensor of undefined content is returned in its place, so that one report can name everything that does not fit.
    /// - Parameters:
    ///   - name: its name in this scope, such as "weight".
    ///   - shape: the shape the model needs.
    ///   - types: the element types the model can use.
    /// - Throws: ``CheckpointError`` when stand-ins would take more memory than the checkpoint itself, which only a
    ///   configuration that does not belong to these weights can cause.
    public func tensor(
        _ name: String, _ shape: [Int], types: Set<ElementType> = [.float32, .float16, .bfloat16]
    ) throws(CheckpointError) -> Tensor {
        guard let stored = storedName(name), let description = source.tensorDescription(named: stored) else {
            record.note(missing: path + name)
            return try standIn(shape, types)
        }
        record.use(stored)
        guard description.shape.dimensions == shape else {
            record.note(misfit: "\(stored.printable) is \(description.shape), expected \(shape)")
            return try standIn(shape, types)
        }
        guard let type = description.elementType, types.contains(type) else {
            let allowed = types.map(\.rawValue).sorted().joined(separator: ", ")
            record.note(
                misfit: "\(stored.printable) is stored as \(description.storedType.printable), expected \(allowed)")
            return try standIn(shape, types)
        }
        return try source.tensor(named: stored)
    }

    /// A tensor that a checkpoint may leave out; nil when it does. What is there must have the shape.
    /// - Throws: ``CheckpointError`` as ``tensor(_:_:types:)``.
    public func optionalTensor(
        _ name: String, _ shape: [Int], types: Set<ElementType> = [.float32, .float16, .bfloat16]
    ) throws(CheckpointError) -> Tensor? {
        contains(name) ? try tensor(name, shape, types: types) : nil
    }

    /// The shape the checkpoint has for a name; nil when it has no such tensor.
    public func shape(of name: String) -> Shape? {
        storedName(name).flatMap { source.tensorDescription(named: $0)?.shape }
    }

    /// Ends the reading.
    ///
    /// A tensor of the encoder that nobody asked for is an error, because results without it would be wrong: too few
    /// layers in the configuration, or biases it denies. Heads and poolers that the task does not use, tied duplicates of
    /// the decoder and saved position ids are not.
    /// - Returns: the names of the tensors outside the encoder that were left unread.
    /// - Throws: ``CheckpointError`` with everything that is missing, misshapen or left over.
    @discardableResult
    public func finish() throws(CheckpointError) -> [String] {
        let state = record.state.withLock { $0 }
        let unread = source.tensorNames.filter { !state.used.contains($0) && !Self.isBuffer($0) }
        let leftOver = unread.filter(isPartOfEncoder)
        guard state.missing.isEmpty, state.misfits.isEmpty, leftOver.isEmpty else {
            throw report(state, leftOver: leftOver)
        }
        return unread
    }

    /// What the checkpoint calls a tensor of this scope; nil when it has none.
    package func storedName(_ name: String) -> String? {
        let full = path + name
        if source.tensorDescription(named: full) != nil { return full }
        // Checkpoints converted from TensorFlow name the parameters of a layer norm gamma and beta.
        for (new, old) in [("weight", "gamma"), ("bias", "beta")] where full.hasSuffix(new) {
            let alternative = full.dropLast(new.count) + old
            if source.tensorDescription(named: String(alternative)) != nil { return String(alternative) }
        }
        return nil
    }

    private func standIn(_ dimensions: [Int], _ types: Set<ElementType>) throws(CheckpointError) -> Tensor {
        let type = types.contains(.float32) ? .float32 : types.first ?? .float32
        let tensor: Tensor?
        do {
            let shape = try Shape(dimensions)
            tensor = record.takeStandIn(shape.count) ? try Tensor(uninitialized: shape, elementType: type) : nil
        } catch {
            throw CheckpointError(error, file: source.path, tensor: path)
        }
        guard let tensor else { throw report(record.state.withLock { $0 }, leftOver: [], isComplete: false) }
        return tensor
    }

    private func report(_ state: Record.State, leftOver: [String], isComplete: Bool = true) -> CheckpointError {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(20).map(\.printable).joined(separator: ", ")
            return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
        }
        var parts: [String] = []
        if !state.missing.isEmpty { parts.append("\(state.missing.count) missing: \(list(state.missing))") }
        if !state.misfits.isEmpty { parts.append("\(state.misfits.count) that do not fit: \(list(state.misfits))") }
        if !leftOver.isEmpty { parts.append("\(leftOver.count) not used by the model: \(list(leftOver))") }
        if !isComplete { parts.append("further tensors were not examined") }
        return CheckpointError(
            .weightMismatch, file: source.path,
            "its tensors are not those of the model that config.json describes: \(parts.joined(separator: "; "))")
    }

    private func isPartOfEncoder(_ name: String) -> Bool {
        guard name.hasPrefix(encoderPrefix) else { return false }
        let inner = name.dropFirst(encoderPrefix.count)
        if inner.hasPrefix("pooler.") { return false }
        return !encoderPrefix.isEmpty
            || ["embeddings.", "encoder.", "layers.", "final_norm."].contains { inner.hasPrefix($0) }
    }

    /// Saved buffers that are computed, not learned.
    package static func isBuffer(_ name: String) -> Bool {
        ["position_ids", "token_type_ids", "rotary_emb.inv_freq"].contains { name.hasSuffix($0) }
    }

    package static func detectEncoderPrefix(_ names: [String]) -> String {
        encoderPrefixes.first { prefix in
            let start = prefix + "embeddings."
            return names.contains { $0.hasPrefix(start) }
        } ?? ""
    }
}

extension WeightReader {
    /// What was read so far, shared by all scopes of one reading.
    private final class Record: Sendable {
        struct State {
            var used: Set<String> = []
            var missing: [String] = []
            var misfits: [String] = []
            var standInBudget: Int
        }

        let state: Mutex<State>

        init(standInBudget: Int) {
            state = Mutex(State(standInBudget: standInBudget))
        }

        func use(_ name: String) {
            state.withLock { _ = $0.used.insert(name) }
        }

        func note(missing name: String) {
            state.withLock { if !$0.missing.contains(name) { $0.missing.append(name) } }
        }

        func note(misfit: String) {
            state.withLock { $0.misfits.append(misfit) }
        }

        /// Whether a stand-in of that many float32 elements still fits the budget, which it then uses up.
        func takeStandIn(_ count: Int) -> Bool {
            state.withLock { state in
                let (byteCount, overflow) = count.multipliedReportingOverflow(by: ElementType.float32.byteCount)
                guard !overflow, byteCount <= state.standInBudget else { return false }
                state.standInBudget -= byteCount
                return true
            }
        }
    }
}
