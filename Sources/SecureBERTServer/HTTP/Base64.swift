#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Vectors as OpenAI's clients ask for them.
enum Base64 {
    /// Base64 (RFC 4648) of 32-bit floats, the least significant byte first.
    static func littleEndian(_ vector: [Float]) -> String {
        var data = Data(capacity: vector.count * 4)
        for value in vector { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data.base64EncodedString()
    }
}
