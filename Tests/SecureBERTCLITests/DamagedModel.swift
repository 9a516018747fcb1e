import SecureBERTJSON
import TestSupport

extension CommandLineRunner {
    /// A copy of a tiny model in which one vector of a table is no number, so that it fails for the texts that need this vector and for no
    /// others: as near as a test comes to a text that a model cannot read.
    /// - Parameters:
    ///   - fixture: Name of the tiny model.
    ///   - table: Part of the name of the tensor, `[vectors, size]`.
    ///   - row: Of the vector.
    ///   - name: Of the copy in the runner's folder.
    func damagedModel(_ fixture: String, table: String, row: Int, as name: String) throws -> String {
        let result = try shell(
            #"mkdir -p "$DIR/\#(name)" && cp "$MODEL"/* "$DIR/\#(name)/" && chmod -R u+w "$DIR/\#(name)""#,
            environment: ["MODEL": Fixtures.model(fixture)])
        guard result.status == 0 else { throw Failure(message: result.errors) }
        var bytes = try Fixtures.bytes("models/\(fixture)/model.safetensors")
        let headerSize = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSON.parse(Array(bytes[8..<8 + headerSize]))
        guard let tensor = header.objectValue?.members.first(where: { $0.key.contains(table) })?.value,
            let place = tensor["data_offsets"]?.arrayValue?.compactMap(\.integerValue), place.count == 2,
            let rows = tensor["shape"]?.arrayValue?.first?.integerValue
        else { throw Failure(message: "\(fixture) has no tensor \(table)") }
        let size = (place[1] - place[0]) / rows
        let start = 8 + headerSize + place[0] + row * size
        // All bits set are no number in every format.
        bytes.replaceSubrange(start..<start + size, with: repeatElement(0xFF, count: size))
        try write("\(name)/model.safetensors", bytes)
        return "\(folder)/\(name)"
    }
}
