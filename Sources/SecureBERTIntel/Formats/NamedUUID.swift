import Crypto
import SecureBERTJSON

/// UUIDs that are the same for the same name: version 5 of RFC 9562, section 5.5.
struct NamedUUID {
    private let namespace: [UInt8]

    /// Of SecureBERT's own objects.
    static let own = NamedUUID([
        0x5E, 0x3B, 0x0C, 0x6A, 0x2D, 0x1F, 0x4B, 0x8E, 0x9A, 0x47, 0xC1, 0xD6, 0x70, 0xF2, 0x38, 0x95,
    ])
    /// Of STIX Cyber-observable Objects: STIX 2.1, section 2.9.
    static let stixObservable = NamedUUID([
        0x00, 0xAB, 0xED, 0xB4, 0xAA, 0x42, 0x46, 0x6C, 0x9C, 0x01, 0xFE, 0xD2, 0x33, 0x15, 0xA9, 0xB7,
    ])

    private init(_ namespace: [UInt8]) {
        self.namespace = namespace
    }

    func uuid(_ name: [UInt8]) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: namespace + name).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }

    /// The UUID of a list of texts.
    func uuid(_ parts: [String]) -> String {
        uuid(CanonicalJSON.bytes(.array(parts.map(JSON.string))))
    }
}
