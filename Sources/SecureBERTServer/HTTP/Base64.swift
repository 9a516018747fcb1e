#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Base64 (RFC 4648): vectors as OpenAI's clients ask for them, the key of OpenCTI's connector.
enum Base64 {
    /// The text that is encoded; nil when it is no base64.
    static func text(_ encoded: String) -> String? {
        Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Of 32-bit floats, the least significant byte first.
    static func littleEndian(_ vector: [Float]) -> String {
        var data = Data(capacity: vector.count * 4)
        for value in vector { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data.base64EncodedString()
    }
}
