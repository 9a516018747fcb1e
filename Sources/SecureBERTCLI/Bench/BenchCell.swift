import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One row of the benchmark: how many sequences of which length.
enum BenchCell: Hashable {
    case uniform(batch: Int, length: Int)
    /// 512 texts with the lengths of real sentences: log-normal with mean 46, 3 to 358 tokens.
    case mixed
    /// Sequences of these lengths.
    case lengths([Int])

    /// The cells that peers were measured in.
    static let standard: [BenchCell] = [
        .uniform(batch: 1, length: 16), .uniform(batch: 1, length: 128), .uniform(batch: 1, length: 512),
        .uniform(batch: 8, length: 128), .uniform(batch: 8, length: 512), .uniform(batch: 1, length: 2048),
        .uniform(batch: 1, length: 8192), .mixed,
    ]

    static let longestMixed = 358

    var name: String {
        switch self {
        case .uniform(let batch, let length): "\(batch) x \(length)"
        case .mixed, .lengths: "mixed"
        }
    }

    /// The most tokens of one sequence.
    var longest: Int {
        switch self {
        case .uniform(_, let length): length
        case .mixed: Self.longestMixed
        case .lengths(let lengths): lengths.max() ?? 0
        }
    }

    /// The lengths of the sequences.
    func lengths(_ random: inout SeededGenerator) -> [Int] {
        switch self {
        case .uniform(let batch, let length): return Array(repeating: length, count: batch)
        case .lengths(let lengths): return lengths
        case .mixed:
            // Mean of exp(m + s z) is exp(m + s²/2).
            let spread = 0.9
            let center = log(46.0) - spread * spread / 2
            return (0..<512).map { _ in
                let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &random))).squareRoot()
                let normal = radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
                return min(max(Int(exp(center + spread * normal).rounded()), 3), Self.longestMixed)
            }
        }
    }
}

extension BenchCell {
    /// Reads a JSON array of lengths.
    /// - Throws: ``CommandLineError`` when the file is not one.
    init(lengthsFile path: String) throws {
        var reader = LineReader(try InputFile(path))
        let text = try reader.wholeFile() ?? ""
        let lengths = (try? JSON.parse(text))?.arrayValue?.map { $0.integerValue ?? 0 } ?? []
        guard !lengths.isEmpty, lengths.allSatisfy({ (1...1_000_000).contains($0) }) else {
            throw CommandLineError(.badInput, "\(path.visible): is not a JSON array of lengths, such as [12, 358]")
        }
        self = .lengths(lengths)
    }
}

/// Random numbers that are the same on every machine (SplitMix64: Steele, Lea, Flood 2014, doi 10.1145/2714064.2660195).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
