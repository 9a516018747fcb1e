import SecureBERTTraining
import TestSupport
import Testing

/// The bytes TensorBoard reads: records with lengths and checksums around messages with tags and values.
@Suite struct TensorBoardTests {
    @Test func recordsAreCompleteAndTheirChecksumsRight() throws {
        let folder = try TemporaryFolder()
        let writer = try TensorBoardWriter(folder: folder.path, firstStep: 0)
        try writer.append(step: 300, [("train/loss", 1.5)])
        try writer.flush()
        let bytes = try folder.read(try #require(folder.names().first))
        var records: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let length = Int(little(bytes[position..<position + 8]))
            #expect(little(bytes[position + 8..<position + 12]) == masked(bytes[position..<position + 8]))
            let data = Array(bytes[position + 12..<position + 12 + length])
            #expect(little(bytes[position + 12 + length..<position + 16 + length]) == masked(data[...]))
            records.append(data)
            position += 16 + length
        }
        #expect(records.count == 2)
        #expect(String(decoding: records[0], as: UTF8.self).hasSuffix("brain.Event:2"))
        // wall time (9 bytes), step 300, summary { value { tag, simple_value 1.5 } }
        let tag = Array("train/loss".utf8)
        #expect(Array(records[1][9...]) == [16, 0xAC, 2, 42, 19, 10, 17, 10, 10] + tag + [21, 0, 0, 0xC0, 0x3F])
    }

    /// TensorBoard reads files in the order of their names: those of runs that were resumed within a second as well.
    @Test func laterFilesHaveLaterNames() throws {
        let folder = try TemporaryFolder()
        var names: [String] = []
        for step in [7, 14, 14, 100, 9] {
            try TensorBoardWriter(folder: folder.path, firstStep: step).flush()
            names += folder.names().filter { !names.contains($0) }
        }
        #expect(names.count == 5)
        #expect(names == names.sorted())
    }

    /// CRC-32C bit by bit, as RFC 3720 defines it; of "123456789" it is E3069283.
    private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            for bit in 0..<8 {
                let isSet = (crc ^ UInt32(byte >> UInt8(bit))) & 1 == 1
                crc = isSet ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1
            }
        }
        return crc ^ 0xFFFF_FFFF
    }

    private func masked(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        #expect(checksum(Array("123456789".utf8)[...]) == 0xE306_9283)
        let crc = checksum(bytes)
        return UInt64((crc >> 15 | crc << 17) &+ 0xA282_EAD8)
    }

    private func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
