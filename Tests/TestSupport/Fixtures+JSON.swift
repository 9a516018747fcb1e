import SecureBERTJSON
import SecureBERTTensor

extension Fixtures {
    /// The bytes of a file below the folder of fixtures.
    public static func bytes(_ name: String) throws -> [UInt8] {
        let file = try MappedFile(path: "\(path)/\(name)")
        return withExtendedLifetime(file) { Array(file.bytes) }
    }

    /// A JSON file below the folder of fixtures.
    public static func json(_ name: String) throws -> JSON {
        try JSON.parse(bytes(name))
    }
}

extension Fixtures {
    /// The values of a file with one JSON value a line.
    public static func jsonLines(_ name: String) throws -> [JSON] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSON.parse($0) }
    }
}
