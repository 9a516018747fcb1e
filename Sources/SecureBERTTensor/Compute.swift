import CSecureBERTKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the arithmetic runs: a pool of worker threads of its own, never those of Swift concurrency.
///
/// Every operation on tensors is a method of this class, in one file per operation. An operation checks its operands,
/// allocates its result and returns it; it never changes an operand. Models are written only in terms of these methods.
/// Training uses the same methods: those of a ``recording(on:arithmetic:dropout:recomputing:)`` computation also note how
/// gradients flow back.
public final class Compute: Sendable {
    /// Threads that share each operation, the caller's included.
    public let threads: Int
    let workers: WorkerPool
    /// What operations are recorded on; nil when nobody wants gradients.
    let tape: GradientTape?
    /// The type that operands of matrix products with trained weights are rounded to.
    let arithmetic: ElementType
    /// Where dropout gets its randomness; nil to drop nothing.
    let dropoutKeys: DropoutKeys?
    /// Whether segments forget their inner results and compute them again.
    let isRecomputing: Bool

    var pool: OpaquePointer { workers.handle }

    /// The widest pool that ``init(threads:)`` makes.
    public static let maximumThreads = 1024

    /// - Parameter threads: Threads that share each operation; nil for one per core this process may use.
    /// - Throws: ``TensorError`` when the count is not in `1...maximumThreads`, memory is exhausted, or
    ///   `SECUREBERT_ISA` names kernels that this machine cannot run.
    public convenience init(threads: Int? = nil) throws(TensorError) {
        let count = threads ?? Self.availableCores
        guard (1...Self.maximumThreads).contains(count) else {
            throw TensorError(
                .invalidShape, operation: "threads", expected: "1 to \(Self.maximumThreads)", found: "\(count)")
        }
        try Self.checkInstructionSet()
        guard let pool = sb_pool_create(count) else {
            throw TensorError(
                .outOfMemory, operation: "threads", expected: "enough memory", found: "a request for \(count) threads")
        }
        self.init(WorkerPool(pool), tape: nil, arithmetic: .float32, dropoutKeys: nil, isRecomputing: false)
    }

    init(
        _ workers: WorkerPool, tape: GradientTape?, arithmetic: ElementType, dropoutKeys: DropoutKeys?,
        isRecomputing: Bool
    ) {
        self.workers = workers
        self.tape = tape
        self.arithmetic = arithmetic
        self.dropoutKeys = dropoutKeys
        self.isRecomputing = isRecomputing
        threads = sb_pool_threads(workers.handle)
    }

    /// Name of the kernels in use: "avx512", "avx2", "neon" or "scalar".
    public static var instructionSet: String { String(cString: sb_isa_name(sb_isa_active())) }

    /// Bytes of large tensors that are kept for reuse when nobody needs them any more; 128 MiB unless set. Training, whose
    /// steps allocate the same again and again, sets more.
    public static func keepForReuse(byteCount: Int) { sb_cache_limit(byteCount) }

    private static func checkInstructionSet() throws(TensorError) {
        var requested: UnsafePointer<CChar>?
        let status = sb_isa_environment_status(&requested)
        guard status != .SB_ISA_OK else { return }
        let name = requested.map { String(cString: $0) } ?? ""
        throw TensorError(
            .unsupportedInstructionSet, operation: "SECUREBERT_ISA",
            expected: "avx512, avx2, neon or scalar, as far as this machine has it (it can run \(instructionSet))",
            found: "\"\(name)\"")
    }

    private static var availableCores: Int {
        min(max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), maximumThreads)
    }

    /// Runs the body for every part and waits for all of them.
    /// - Parameter body: Receives the part and the worker that runs it; called on several threads at once.
    package func run(parts: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var context = body
            withUnsafeMutablePointer(to: &context) { pointer in
                sb_pool_run(
                    pool, parts,
                    { context, part, worker in
                        context?.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(part, worker)
                    }, pointer)
            }
        }
    }

    /// Splits rows into about equal contiguous ranges, one per thread, and runs the body for each of them.
    /// - Parameter minimum: Rows below which splitting costs more than it gains.
    func runRows(_ rows: Int, minimum: Int = 1, _ body: (Range<Int>) -> Void) {
        let parts = max(1, min(threads, rows / max(1, minimum)))
        run(parts: parts) { part, _ in
            let range = rows * part / parts..<rows * (part + 1) / parts
            if !range.isEmpty { body(range) }
        }
    }
}

/// The threads of a computation and of those derived from it.
///
/// `@unchecked Sendable`: the pool runs one operation at a time; callers on other threads wait their turn.
final class WorkerPool: @unchecked Sendable {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { sb_pool_destroy(handle) }
}

extension ElementType {
    /// The kernels' name for a floating-point type; nil for an integer type.
    var kernelType: sb_dtype? {
        switch self {
        case .float32: .SB_F32
        case .float16: .SB_F16
        case .bfloat16: .SB_BF16
        case .int8, .int32: nil
        }
    }
}

extension Activation {
    var kernelActivation: sb_activation {
        switch self {
        case .identity: .SB_NONE
        case .geluErf: .SB_GELU_ERF
        case .geluTanh: .SB_GELU_TANH
        case .silu: .SB_SILU
        case .relu: .SB_RELU
        case .tanh: .SB_TANH
        }
    }
}

extension Tensor {
    /// First element of a float32 tensor, for kernels; the caller keeps the storage alive.
    var floatPointer: UnsafePointer<Float>? {
        bytes.baseAddress?.assumingMemoryBound(to: Float.self)
    }

    /// First element of a float32 tensor that the running operation has allocated.
    var mutableFloatPointer: UnsafeMutablePointer<Float>? {
        mutableBytes?.baseAddress?.assumingMemoryBound(to: Float.self)
    }

    /// - Throws: ``TensorError`` unless this is a float32 tensor of that shape; nil stands for any extent.
    func check(_ operation: String, _ name: String, _ expected: [Int?]) throws(TensorError) {
        guard elementType == .float32 else {
            throw TensorError(
                .elementTypeMismatch, operation: operation, expected: "\(name) of type float32",
                found: elementType.rawValue)
        }
        let matches =
            shape.rank == expected.count && zip(shape.dimensions, expected).allSatisfy { $1 == nil || $0 == $1 }
        guard matches else {
            let text = expected.map { $0.map(String.init) ?? "*" }.joined(separator: ", ")
            throw TensorError(
                .shapeMismatch, operation: operation, expected: "\(name) of shape [\(text)]", found: "\(shape)")
        }
    }
}
