import SecureBERTJSON
import SecureBERTTensor

extension Fixtures {
    /// A JSON file below the folder of fixtures.
    public static func json(_ name: String) throws -> JSON {
        let file = try MappedFile(path: "\(path)/\(name)")
        return try withExtendedLifetime(file) { try JSON.parse(file.bytes) }
    }
}
