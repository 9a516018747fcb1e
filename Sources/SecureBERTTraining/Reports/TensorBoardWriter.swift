import SecureBERTCheckpoint

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes numbers as TensorBoard reads them: TensorFlow's record format around `Event` messages of protocol buffers
/// (tensorflow/core/util/event.proto, tensorflow/core/lib/io/record_writer).
///
/// A run that resumes writes a further file, whose numbers replace those of the same steps: TensorBoard reads the files in the
/// order of their names, so these begin with the time, in nanoseconds and in a fixed number of digits.
package final class TensorBoardWriter {
    private let path: String
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - folder: Where the file is to be.
    ///   - firstStep: The step the run stands at; part of the file's name.
    package init(folder: String, firstStep: Int) throws {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = "\(Self.padded(Int(now.tv_sec), 10)).\(Self.padded(Int(now.tv_nsec), 9))"
        path = FileSystem.join(folder, "events.out.tfevents.\(time).\(firstStep).securebert")
        var event = Self.event(step: firstStep)
        event.append(text: "brain.Event:2", field: 3)
        append(record: event.bytes)
    }

    /// Appends numbers by name.
    package func append(step: Int, _ values: [(tag: String, value: Double)]) throws {
        var summary = ProtocolBuffer()
        for (tag, value) in values {
            var entry = ProtocolBuffer()
            entry.append(text: tag, field: 1)
            entry.append(Float(value), field: 2)
            summary.append(entry.bytes, field: 1)
        }
        var event = Self.event(step: step)
        event.append(summary.bytes, field: 5)
        append(record: event.bytes)
    }

    /// Writes what has been appended.
    package func flush() throws { try AtomicFile.write(bytes, to: path) }

    private static func event(step: Int) -> ProtocolBuffer {
        var event = ProtocolBuffer()
        event.append(Double(time(nil)), field: 1)
        event.append(step, field: 2)
        return event
    }

    /// A number with zeros in front.
    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Length, its checksum, the data, its checksum.
    private func append(record: [UInt8]) {
        let length = withUnsafeBytes(of: UInt64(record.count).littleEndian) { Array($0) }
        bytes += length
        bytes += Self.maskedChecksum(length)
        bytes += record
        bytes += Self.maskedChecksum(record)
    }

    /// CRC-32C (Castagnoli), rotated and offset so that a checksum of data with checksums stays good.
    private static func maskedChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        crc = ~crc
        let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
        return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
    }
}

/// A message of protocol buffers, field by field.
private struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: Int, field: Int) {
        append(varint: UInt64(field << 3))
        append(varint: UInt64(bitPattern: Int64(value)))
    }

    mutating func append(_ value: Double, field: Int) {
        append(varint: UInt64(field << 3 | 1))
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func append(_ value: Float, field: Int) {
        append(varint: UInt64(field << 3 | 5))
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func append(text: String, field: Int) { append(Array(text.utf8), field: field) }

    mutating func append(_ value: [UInt8], field: Int) {
        append(varint: UInt64(field << 3 | 2))
        append(varint: UInt64(value.count))
        bytes += value
    }

    private mutating func append(varint: UInt64) {
        var rest = varint
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
