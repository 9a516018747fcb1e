import SecureBERTJSON
import SecureBERTTensor

/// A LoRA adapter in the folder format of PEFT: `adapter_config.json` beside `adapter_model.safetensors` or
/// `adapter_model.bin`, which is read without executing anything.
public struct AdapterFolder: Sendable {
    /// The two factors of what is added to a module's matrix.
    public struct Update: Sendable {
        /// The path of the module in the adapted class: "model.layers.0.attn.Wqkv".
        public let module: String
        /// `[rank, inputSize]`, of a floating-point type.
        public let a: Tensor
        /// `[outputSize, rank]`, of a floating-point type.
        public let b: Tensor

        package init(module: String, a: Tensor, b: Tensor) {
            self.module = module
            self.a = a
            self.b = b
        }
    }

    public let path: String
    public let configuration: AdapterConfiguration
    /// In the order of the file.
    public let updates: [Update]
    /// Tensors of the modules that were trained in full, by their names in the adapted class.
    public let savedTensors: [(name: String, tensor: Tensor)]

    /// What PEFT puts before every name.
    private static let prefix = "base_model.model."
    private static let (aSuffix, bSuffix) = (".lora_A.weight", ".lora_B.weight")
    private static let weightNames = ["adapter_model.safetensors", "adapter_model.bin"]

    /// Opens a folder and checks all of it.
    /// - Throws: ``CheckpointError`` for another kind of adapter, and for tensors that contradict the configuration or each
    ///   other or hold something other than finite numbers.
    public init(path: String) throws(CheckpointError) {
        guard FileSystem.kind(of: path) == .folder else {
            throw CheckpointError(.notFound, file: path, "is not a folder, expected that of an adapter")
        }
        self.path = path
        configuration = try AdapterConfiguration(path: FileSystem.join(path, AdapterConfiguration.fileName))
        let source = try Self.open(path)
        var pairs: [(module: String, a: Tensor?, b: Tensor?)] = []
        var indices: [String: Int] = [:]
        var saved: [(name: String, tensor: Tensor)] = []
        for stored in source.tensorNames {
            func refuse(_ problem: String, _ code: CheckpointError.Code = .malformed) -> CheckpointError {
                CheckpointError(code, file: source.path, "the tensor \(stored.quoted) \(problem)")
            }
            guard stored.hasPrefix(Self.prefix) else { throw refuse("is expected to begin with \(Self.prefix.quoted)") }
            let name = String(stored.dropFirst(Self.prefix.count))
            let tensor = try Self.finiteTensor(stored, source)
            if let suffix = [Self.aSuffix, Self.bSuffix].first(where: { name.hasSuffix($0) }) {
                let module = String(name.dropLast(suffix.count))
                let index = indices[module] ?? pairs.count
                indices[module] = index
                if index == pairs.count { pairs.append((module, nil, nil)) }
                if suffix == Self.aSuffix { pairs[index].a = tensor } else { pairs[index].b = tensor }
            } else if name.contains(".lora_") {
                throw refuse("belongs to a variant of LoRA; expected \(Self.aSuffix) and \(Self.bSuffix)", .unsupported)
            } else if Self.isInside(name, configuration.savedModules) {
                saved.append((name, tensor))
            } else {
                throw refuse("is neither a factor nor part of a module of \"modules_to_save\"")
            }
        }
        let rank = configuration.rank
        updates = try pairs.map { (module, a, b) throws(CheckpointError) in
            func refuse(_ problem: String) -> CheckpointError {
                CheckpointError(.malformed, file: source.path, "the module \(module.quoted) \(problem)")
            }
            guard let a, let b else { throw refuse("has no \(a == nil ? Self.aSuffix : Self.bSuffix)") }
            guard a.shape.rank == 2, b.shape.rank == 2, a.shape[0] == rank, b.shape[1] == rank else {
                throw refuse(
                    "has factors A \(a.shape) and B \(b.shape), expected [\(rank), inputs] and [outputs, \(rank)]")
            }
            return Update(module: module, a: a, b: b)
        }
        savedTensors = saved
        guard !updates.isEmpty else { throw CheckpointError(.malformed, file: source.path, "holds no factors") }
        try checkTargets(source.path)
    }

    private static func open(_ path: String) throws(CheckpointError) -> any TensorSource {
        for name in weightNames {
            let file = FileSystem.join(path, name)
            guard FileSystem.kind(of: file) != nil else { continue }
            return name == weightNames[0] ? try SafetensorsFile(path: file) : try PickleCheckpoint(path: file)
        }
        throw CheckpointError(
            .notFound, file: path, "has no weights, expected \(weightNames[0]); is the download complete?")
    }

    private static func finiteTensor(_ name: String, _ source: any TensorSource) throws(CheckpointError) -> Tensor {
        let tensor = try source.tensor(named: name)
        guard let isFinite = tensor.isFinite else {
            throw CheckpointError(
                .unsupported, file: source.path,
                "the tensor \(name.quoted) is stored as \(tensor.elementType.rawValue), expected a floating-point type")
        }
        guard isFinite else {
            throw CheckpointError(
                .malformed, file: source.path, "the tensor \(name.quoted) holds numbers that are not finite")
        }
        return tensor
    }

    /// Whether a module of that path, or one it is in, is among names that PEFT compares with the ends of paths.
    private static func isInside(_ name: String, _ modules: [String]) -> Bool {
        let parts = name.split(separator: ".")
        return parts.indices.dropLast().contains { end in
            let path = parts[...end].joined(separator: ".")
            return modules.contains { matches(path, $0) }
        }
    }

    /// Whether PEFT takes a module of that path for one of that name.
    package static func matches(_ path: String, _ name: String) -> Bool { path == name || path.hasSuffix("." + name) }

    /// Every factor belongs to a target, and every target has one.
    private func checkTargets(_ file: String) throws(CheckpointError) {
        guard let targets = configuration.targets else { return }
        let shown = targets.prefix(10).map(\.printable).joined(separator: ", ")
        let list = targets.count > 10 ? "\(shown) and \(targets.count - 10) more" : shown
        for update in updates where !targets.contains(where: { Self.matches(update.module, $0) }) {
            throw CheckpointError(
                .malformed, file: file,
                "the module \(update.module.quoted) is none of \"target_modules\" (\(list)) of the configuration")
        }
        for target in targets where !updates.contains(where: { Self.matches($0.module, target) }) {
            throw CheckpointError(
                .malformed, file: file, "has no factors for \(target.quoted) of \"target_modules\"; is it complete?")
        }
    }

    /// Writes an adapter into an existing folder.
    /// - Throws: ``CheckpointError`` when a file cannot be written.
    package static func write(
        _ configuration: AdapterConfiguration, updates: [Update], savedTensors: [(name: String, tensor: Tensor)],
        to folder: String
    ) throws(CheckpointError) {
        let factors = updates.flatMap { [($0.module + aSuffix, $0.a), ($0.module + bSuffix, $0.b)] }
        try SafetensorsWriter.write(
            (factors + savedTensors).map { (prefix + $0.0, $0.1) }, metadata: [("format", "pt")],
            to: FileSystem.join(folder, weightNames[0]))
        try AtomicFile.write(
            Array((configuration.json.prettyText + "\n").utf8),
            to: FileSystem.join(folder, AdapterConfiguration.fileName))
    }
}

extension Tensor {
    /// Whether all elements are finite; nil for integers.
    fileprivate var isFinite: Bool? {
        // A floating-point number is not finite when all bits of its exponent are set.
        func all<Bits: FixedWidthInteger>(_ type: Bits.Type, exponent: Bits) -> Bool {
            withExtendedLifetime(storage) {
                bytes.bindMemory(to: Bits.self).allSatisfy { $0 & exponent != exponent }
            }
        }
        return switch elementType {
        case .float32: all(UInt32.self, exponent: 0x7F80_0000)
        case .bfloat16: all(UInt16.self, exponent: 0x7F80)
        case .float16: all(UInt16.self, exponent: 0x7C00)
        default: nil
        }
    }
}
