import SecureBERTJSON
import SecureBERTTensor

extension Fixtures {
    /// A JSON file below the folder of fixtures.
    public static func json(_ name: String) throws -> JSON {
        let file = try MappedFile(path: "\(path)/\(name)")
        return try withExtendedLifetime(file) { try JSON.parse(file.bytes) }
    }
}

extension Fixtures {
    /// The values of a file with one JSON value a line.
    public static func jsonLines(_ name: String) throws -> [JSON] {
        let file = try MappedFile(path: "\(path)/\(name)")
        return try withExtendedLifetime(file) {
            try file.bytes.split(separator: UInt8(ascii: "\n")).map { try JSON.parse($0) }
        }
    }
}
