import CSecureBERTKernels
import TestSupport
import Testing

/// An instruction set by its name in test reports.
struct InstructionSet: CustomTestStringConvertible, Sendable {
    let isa: sb_isa
    var testDescription: String { String(cString: sb_isa_name(isa)) }

    /// Every one this machine can run.
    static let available = [sb_isa.SB_ISA_SCALAR, .SB_ISA_NEON, .SB_ISA_AVX2, .SB_ISA_AVX512]
        .filter { sb_isa_supported($0) }.map(InstructionSet.init)

    /// Runs the body with this thread's kernels switched to this set.
    func use<Result>(_ body: () throws -> Result) rethrows -> Result {
        precondition(sb_isa_select_for_thread(isa) == .SB_ISA_OK, "only available sets are used")
        defer { sb_isa_unselect_for_thread() }
        return try body()
    }
}

/// Lengths around every vector width, panel width and tile height.
let oddSizes = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100]

/// 64-byte aligned scratch of a size in bytes.
func withScratch<Result>(_ bytes: Int, _ body: (UnsafeMutableRawPointer?) throws -> Result) rethrows -> Result {
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { scratch.deallocate() }
    return try body(scratch)
}

/// What dropout multiplies the weights `[length, length]` of one head with; nil for no dropout.
func dropoutFactors(length: Int, rate: Float, key: UInt64) -> [Double]? {
    guard rate > 0 else { return nil }
    let ones = [Float](repeating: 1, count: length)
    return (0..<length).flatMap { query in
        var row = ones
        sb_dropout(ones, &row, length, 1 - rate, key, UInt64(query) << 32)
        return row.map(Double.init)
    }
}

extension KernelTwins.Function {
    var kernel: sb_activation {
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

/// Rows of `columns` spread out to a leading dimension, the gaps filled with `gap`.
func spread(_ x: [Float], columns: Int, to ld: Int, gap: Float) -> [Float] {
    guard columns > 0 else { return [] }
    return stride(from: 0, to: x.count, by: columns).flatMap {
        Array(x[$0..<$0 + columns]) + Array(repeating: gap, count: ld - columns)
    }
}

/// The reverse of `spread`, checking that the gaps are untouched.
func compact(_ x: [Float], columns: Int, from ld: Int, gap: Float) -> [Float] {
    var result: [Float] = []
    for start in stride(from: 0, to: x.count, by: ld) {
        result += x[start..<start + columns]
        let untouched = x[start + columns..<start + ld].allSatisfy { $0 == gap }
        if !untouched { Issue.record("the gap after row \(start / ld) was written") }
    }
    return result
}

/// Expects the root mean square of the differences to be at most `error` times that of the expected values (plus `absolute`,
/// for what should cancel), and none to be more than ten times that: what rounding leaves, and a misplaced element does not.
func expectNear(
    _ found: [Float], _ expected: [Double], error: Double, absolute: Double = 1e-6, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let differences = zip(found, expected).map { Double($0) - $1 }
    func size(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } / Double(max(1, x.count))).squareRoot() }
    let limit = error * size(expected) + absolute
    let worst = differences.reduce(0) { max($0, abs($1)) }
    if !(size(differences) <= limit && worst <= 10 * limit) {
        Issue.record(
            "\(what): error \(size(differences) / limit), worst \(worst / limit) of the limit",
            sourceLocation: sourceLocation)
    }
}
