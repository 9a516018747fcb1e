import SecureBERTJSON
import SecureBERTTensor

/// Writes a safetensors file, tensor by tensor, so that no more than one has to be in memory.
///
/// The file appears at its path when ``finish()`` has returned, complete and durable; before that, and after any
/// failure, whatever was there before is still there.
///
/// ```swift
/// let writer = try SafetensorsWriter(path: path, tensors: [.init(name: "weight", type: .float32, shape: shape)])
/// try writer.write(weight, named: "weight")
/// try writer.finish()
/// ```
public final class SafetensorsWriter {
    /// A tensor to be written.
    public struct Entry: Sendable {
        /// The name in the file.
        public let name: String
        /// The element type.
        public let type: ElementType
        /// The extents, outermost first.
        public let shape: Shape

        /// Announces a tensor.
        public init(name: String, type: ElementType, shape: Shape) {
            self.name = name
            self.type = type
            self.shape = shape
        }
    }

    private struct Place {
        let entry: Entry
        let range: Range<Int>
    }

    private let file: AtomicFile
    private var pending: [String: Place]

    /// Starts a file.
    ///
    /// Data is laid out as the reference does, larger element types first and then by name, so every tensor is aligned.
    /// - Parameters:
    ///   - path: where the file is to be.
    ///   - tensors: all tensors the file is to hold; they can be written in any order.
    ///   - metadata: texts for `__metadata__`.
    /// - Throws: ``CheckpointError`` when two tensors or two metadata entries have the same name, when the header would be
    ///   larger than the format allows, or when the file cannot be created.
    public init(
        path: String, tensors: [Entry], metadata: [(key: String, value: String)] = []
    ) throws(CheckpointError) {
        func refuse(_ problem: String) -> CheckpointError { CheckpointError(.writeFailed, file: path, problem) }

        let ordered = tensors.sorted { a, b in
            let sizes = (SafetensorsType(a.type).bitCount, SafetensorsType(b.type).bitCount)
            return sizes.0 != sizes.1 ? sizes.0 > sizes.1 : FileSystem.bytesAscending(a.name, b.name)
        }
        var members: [JSON.Object.Member] = []
        if !metadata.isEmpty {
            guard Set(metadata.map(\.key)).count == metadata.count else {
                throw refuse("two metadata entries have the same name")
            }
            members.append(("__metadata__", .object(.init(metadata.map { ($0.key, .string($0.value)) }))))
        }
        var places: [String: Place] = [:]
        var end = 0
        for entry in ordered {
            let (byteCount, overflow) = entry.shape.count.multipliedReportingOverflow(by: entry.type.byteCount)
            let (newEnd, endOverflow) = end.addingReportingOverflow(byteCount)
            guard !overflow, !endOverflow else { throw refuse("the tensor \(entry.name.quoted) is too large") }
            let place = Place(entry: entry, range: end..<newEnd)
            guard entry.name != "__metadata__", places.updateValue(place, forKey: entry.name) == nil else {
                throw refuse("two tensors are named \(entry.name.quoted), or one has a reserved name")
            }
            members.append(
                (
                    entry.name,
                    [
                        "dtype": .string(SafetensorsType(entry.type).rawValue),
                        "shape": .array(entry.shape.dimensions.map(JSON.integer)),
                        "data_offsets": .array([.integer(end), .integer(newEnd)]),
                    ]
                ))
            end = newEnd
        }
        var header: [UInt8] = []
        JSON.object(.init(members)).write(into: &header)
        // Spaces behind the header keep the data aligned to 8 bytes.
        while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
        guard header.count <= SafetensorsHeader.maximumByteCount else {
            throw refuse(
                "the header would be \(header.count) bytes long, the format allows \(SafetensorsHeader.maximumByteCount)"
            )
        }
        let start = 8 + header.count
        pending = places.mapValues { place in
            Place(entry: place.entry, range: place.range.lowerBound + start..<place.range.upperBound + start)
        }
        file = try AtomicFile(path: path)
        let opening = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        let result = opening.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try file.write(bytes, at: 0) }
        }
        try result.get()
    }

    /// Writes the elements of one of the tensors announced.
    /// - Throws: ``CheckpointError`` when no tensor of that name is left to write, when type or shape differ from what was
    ///   announced, or when writing fails.
    public func write(_ tensor: Tensor, named name: String) throws(CheckpointError) {
        guard let place = pending[name] else {
            throw CheckpointError(
                .writeFailed, file: file.path, "the tensor \(name.quoted) was not announced or is written twice")
        }
        guard tensor.elementType == place.entry.type, tensor.shape == place.entry.shape else {
            throw CheckpointError(
                .writeFailed, file: file.path,
                """
                the tensor \(name.quoted) is \(tensor.elementType.rawValue) \(tensor.shape), announced as \
                \(place.entry.type.rawValue) \(place.entry.shape)
                """)
        }
        try file.write(tensor.bytes, at: place.range.lowerBound)
        pending[name] = nil
    }

    /// Ends the file: it is durable and at its path when this returns.
    /// - Throws: ``CheckpointError`` when a tensor announced was not written, or when writing fails.
    public func finish() throws(CheckpointError) {
        if let name = pending.keys.min(by: FileSystem.bytesAscending) {
            throw CheckpointError(
                .writeFailed, file: file.path, "\(pending.count) tensors were not written, among them \(name.quoted)")
        }
        try file.commit()
    }

    /// Writes a file of tensors that are all in memory.
    /// - Throws: ``CheckpointError`` as ``init(path:tensors:metadata:)`` and ``finish()``.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [(key: String, value: String)] = [], to path: String
    ) throws(CheckpointError) {
        let entries = tensors.map { Entry(name: $0.name, type: $0.tensor.elementType, shape: $0.tensor.shape) }
        let writer = try SafetensorsWriter(path: path, tensors: entries, metadata: metadata)
        for (name, tensor) in tensors { try writer.write(tensor, named: name) }
        try writer.finish()
    }
}
