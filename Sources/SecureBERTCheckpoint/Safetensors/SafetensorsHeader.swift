import SecureBERTJSON
import SecureBERTTensor

/// The header of a safetensors file, checked by every rule of the reference implementation.
///
/// ```
/// | 8 bytes: header size n, little-endian | n bytes: JSON | data                                        |
///   {"__metadata__": {text: text}, name: {"dtype": .., "shape": [..], "data_offsets": [begin, end]}, ...}
/// ```
/// The tensors' byte ranges, relative to the data, fill it without holes and without overlap.
package struct SafetensorsHeader: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let type: SafetensorsType
        package let shape: Shape
        /// Where the elements lie in the file.
        package let range: Range<Int>
    }

    /// The largest header the format allows.
    package static let maximumByteCount = 100_000_000
    /// No dimensions beyond this are accepted; models have four at most.
    static let maximumRank = 64
    /// A JSON value takes far more memory than its text, so a header of millions of empty arrays is refused before it
    /// is parsed. 2,000,000 separators allow more than 300,000 tensors.
    static let maximumSeparatorCount = 2_000_000
    static let maximumDepth = 3

    /// The entries in the order of their data.
    package let entries: [Entry]
    package let metadata: [(key: String, value: String)]

    /// Reads the header at the start of a file.
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - file: its path, for messages.
    package init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        let text = try Self.text(bytes, file: file)
        try Self.checkStructure(text, file: file)
        let json: JSON
        do {
            json = try JSON.parse(text)
        } catch {
            throw Self.malformed(file, "the header is not valid JSON: \(error.description.printable)")
        }
        guard let object = json.objectValue else {
            throw Self.malformed(file, "the header is \(json.kind), expected an object")
        }
        let dataStart = 8 + text.count
        let dataByteCount = bytes.count - dataStart
        var metadata: [(key: String, value: String)] = []
        var entries: [Entry] = []
        entries.reserveCapacity(object.members.count)
        for (name, value) in object.members {
            if name == "__metadata__" {
                metadata = try Self.metadata(value, file: file)
            } else {
                entries.append(try Self.entry(name, value, dataStart: dataStart, file: file))
            }
        }
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        try Self.checkContiguous(entries, dataStart: dataStart, dataByteCount: dataByteCount, file: file)
        self.entries = entries
        self.metadata = metadata
    }

    private static func malformed(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.malformed, file: file, problem)
    }

    private static func truncated(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.truncated, file: file, problem + "; probably an incomplete download, fetch the file again")
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) -> Slice<
        UnsafeRawBufferPointer
    > {
        guard bytes.count >= 8 else {
            throw truncated(file, "is \(bytes.count) bytes long, a safetensors file has at least 8")
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(maximumByteCount), let count = Int(exactly: length) else {
            throw malformed(
                file,
                "announces a header of \(length) bytes, at most \(maximumByteCount) are allowed; is this a safetensors file?"
            )
        }
        guard count <= bytes.count - 8 else {
            throw truncated(
                file, "announces a header of \(count) bytes and has \(bytes.count - 8) bytes after its first 8")
        }
        let text = bytes[8..<8 + count]
        guard text.first == UInt8(ascii: "{") else { throw malformed(file, "the header does not start with '{'") }
        return text
    }

    /// Bounds what parsing the text can allocate.
    private static func checkStructure(_ text: Slice<UnsafeRawBufferPointer>, file: String) throws(CheckpointError) {
        var separators = 0
        var depth = 0
        var inString = false
        var escaped = false
        for byte in text {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: ","): separators += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= maximumDepth else {
                    throw malformed(file, "the header nests deeper than the \(maximumDepth) levels of the format")
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        guard separators <= maximumSeparatorCount else {
            throw CheckpointError(
                .limitExceeded, file: file,
                "the header has \(separators) separators, at most \(maximumSeparatorCount) are accepted")
        }
    }

    private static func metadata(
        _ value: JSON, file: String
    ) throws(CheckpointError) -> [(key: String, value: String)] {
        guard let object = value.objectValue else {
            throw malformed(file, "\"__metadata__\" is \(value.kind), expected an object of strings")
        }
        var metadata: [(key: String, value: String)] = []
        for (key, value) in object.members {
            guard let text = value.stringValue else {
                throw malformed(file, "\"__metadata__\" has \(value.kind) under \(key.quoted), expected a string")
            }
            metadata.append((key, text))
        }
        return metadata
    }

    private static func entry(
        _ name: String, _ value: JSON, dataStart: Int, file: String
    ) throws(CheckpointError) -> Entry {
        func refuse(_ problem: String) -> CheckpointError { malformed(file, "the tensor \(name.quoted) \(problem)") }

        guard let object = value.objectValue else { throw refuse("is described by \(value.kind), expected an object") }
        guard let typeName = object["dtype"]?.stringValue else { throw refuse("has no \"dtype\" string") }
        guard let type = SafetensorsType(rawValue: typeName) else {
            throw CheckpointError(
                .unsupported, file: file,
                "the tensor \(name.quoted) has the unknown element type \(typeName.quoted)")
        }
        guard let dimensions = object["shape"]?.arrayValue, dimensions.count <= maximumRank else {
            throw refuse("has no \"shape\" of at most \(maximumRank) dimensions")
        }
        var sizes: [Int] = []
        for dimension in dimensions {
            guard case .integer(let size) = dimension, size >= 0 else {
                throw refuse("has a dimension \(dimension.text.quoted), expected a non-negative integer")
            }
            sizes.append(size)
        }
        guard let offsets = object["data_offsets"]?.arrayValue, offsets.count == 2,
            case .integer(let begin) = offsets[0], case .integer(let end) = offsets[1], 0 <= begin, begin <= end,
            end <= Int.max - dataStart
        else { throw refuse("has no \"data_offsets\" of the form [begin, end] with 0 <= begin <= end") }
        let shape: Shape
        do {
            shape = try Shape(sizes)
        } catch {
            throw refuse("has the shape \(sizes), whose element count does not fit 64 bits")
        }
        let (bits, overflow) = shape.count.multipliedReportingOverflow(by: type.bitCount)
        guard !overflow, bits.isMultiple(of: 8) else {
            throw refuse("has the shape \(shape), which is not a whole number of bytes in \(type.rawValue)")
        }
        guard bits / 8 == end - begin else {
            throw refuse(
                "has the shape \(shape) in \(type.rawValue), which takes \(bits / 8) bytes, and \(end - begin) bytes of data"
            )
        }
        return Entry(name: name, type: type, shape: shape, range: dataStart + begin..<dataStart + end)
    }

    private static func checkContiguous(
        _ entries: [Entry], dataStart: Int, dataByteCount: Int, file: String
    ) throws(CheckpointError) {
        var end = dataStart
        for entry in entries {
            guard entry.range.lowerBound == end else {
                let relation = entry.range.lowerBound < end ? "overlaps the data before it" : "leaves a hole before it"
                throw malformed(
                    file,
                    """
                    the tensor \(entry.name.quoted) starts at byte \(entry.range.lowerBound - dataStart) of the data and \
                    \(relation), expected byte \(end - dataStart)
                    """)
            }
            end = entry.range.upperBound
        }
        let expected = end - dataStart
        if expected > dataByteCount {
            let cut = entries.first { $0.range.upperBound - dataStart > dataByteCount }
            let name = cut.map { ", the first incomplete one is \($0.name.quoted)" } ?? ""
            throw truncated(
                file, "its tensors take \(expected) bytes, and \(dataByteCount) bytes of data are there\(name)")
        }
        guard expected == dataByteCount else {
            throw malformed(
                file,
                "its tensors take \(expected) bytes, and \(dataByteCount) bytes of data are there: more than described")
        }
    }
}
