/// How the vectors of a file are stored, from the most precise to the smallest.
public enum VectorFormat: String, Sendable, CaseIterable, Codable {
    /// Numbers of 32 bits, as they are.
    case float32
    /// One byte for each dimension and one scale for each vector: a quarter of the size.
    case int8
    /// One bit for each dimension, its sign: a thirty-second of the size.
    case binary

    /// Rows of a quick comparison in this format that are compared again with more precise ones, for each that is wanted: of real
    /// texts' signs, sixteen find 0.97 of the nearest, eight 0.91.
    package var oversampling: Int { self == .binary ? 16 : 4 }

    /// What the header of a file says.
    var code: UInt32 {
        switch self {
        case .float32: 1
        case .int8: 2
        case .binary: 3
        }
    }

    init?(code: UInt32) {
        guard let format = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = format
    }

    /// Bytes of one stored vector. The dimensions are within ``VectorLayout/maximumDimensions``.
    func rowBytes(dimensions: Int) -> Int {
        switch self {
        case .float32: dimensions * 4
        // The scale comes first; rows stay aligned to it.
        case .int8: 4 + (dimensions + 3) / 4 * 4
        case .binary: signWords(dimensions: dimensions) * 8
        }
    }

    /// 64-bit words that the signs of a vector fill.
    func signWords(dimensions: Int) -> Int { (dimensions + 63) / 64 }
}
