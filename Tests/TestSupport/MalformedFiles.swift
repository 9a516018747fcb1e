/// Builds safetensors files byte by byte, right or wrong.
public enum SafetensorsBytes {
    /// A file of any header text and data, with the true header length.
    public static func file(header: String, data: [UInt8]) -> [UInt8] {
        file(headerLength: UInt64(header.utf8.count), header: Array(header.utf8), data: data)
    }

    /// A file of any header length, header bytes and data.
    public static func file(headerLength: UInt64, header: [UInt8], data: [UInt8]) -> [UInt8] {
        LittleEndian.bytes(headerLength) + header + data
    }

    /// A valid file of float32 tensors with the elements 0, 1, 2, ...
    public static func floats(_ tensors: [(name: String, shape: [Int])]) -> [UInt8] {
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            for index in 0..<tensor.shape.reduce(1, *) { data += LittleEndian.bytes(Float(index).bitPattern) }
            entries.append(entry(tensor.name, "F32", tensor.shape, start, data.count))
        }
        return file(header: "{\(entries.joined(separator: ","))}", data: data)
    }

    /// The header text of one tensor.
    public static func entry(_ name: String, _ type: String, _ shape: [Int], _ begin: Int, _ end: Int) -> String {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
    }
}

/// Numbers as little-endian bytes.
public enum LittleEndian {
    /// The bytes of a number, the least significant first.
    public static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
