/// Builds zip archives byte by byte, right or wrong.
public struct ZipBytes {
    /// One entry of an archive. What is not set is right.
    public struct Entry {
        /// The name in the directory.
        public var name: String
        /// The bytes stored.
        public var content: [UInt8]
        /// The compression method; 0 is none.
        public var method: UInt16 = 0
        /// General purpose flags; bit 0 is encryption.
        public var flags: UInt16 = 0
        /// The name in the entry's own header, where it differs from the directory's.
        public var localName: String?
        /// The size the directory claims.
        public var claimedSize: UInt32?
        /// The offset the directory claims.
        public var claimedOffset: UInt32?
        /// The checksum the directory claims.
        public var checksum: UInt32?
        /// Whether sizes and offset are in the 64-bit extra field.
        public var isLarge = false

        /// A stored entry.
        public init(_ name: String, _ content: [UInt8]) {
            self.name = name
            self.content = content
        }
    }

    /// The entries in the order of the file.
    public var entries: [Entry]
    /// The number of entries the end record claims.
    public var claimedCount: UInt16?
    /// Whether there is a 64-bit end record.
    public var hasLargeEndRecord = false

    /// An archive of these entries.
    public init(_ entries: [Entry]) { self.entries = entries }

    /// The file.
    public var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = UInt32(file.count)
            let size = entry.claimedSize ?? UInt32(entry.content.count)
            let sum = entry.checksum ?? Self.checksum(entry.content)
            func middle(_ size: UInt32) -> [UInt8] {
                number(20 as UInt16) + number(entry.flags) + number(entry.method) + number(0 as UInt32) + number(sum)
                    + number(size) + number(size)
            }
            let local = Array((entry.localName ?? entry.name).utf8)
            file += [0x50, 0x4B, 3, 4] + middle(size) + number(UInt16(local.count)) + number(0 as UInt16) + local
            file += entry.content
            let name = Array(entry.name.utf8)
            let place = entry.claimedOffset ?? offset
            var extra: [UInt8] = []
            if entry.isLarge {
                extra = number(1 as UInt16) + number(24 as UInt16) + number(UInt64(size)) + number(UInt64(size))
                extra += number(UInt64(place))
            }
            directory += [0x50, 0x4B, 1, 2] + number(20 as UInt16) + middle(entry.isLarge ? .max : size)
            directory += number(UInt16(name.count)) + number(UInt16(extra.count)) + number(0 as UInt16)
            directory += number(0 as UInt16) + number(0 as UInt16) + number(0 as UInt32)
            directory += number(entry.isLarge ? UInt32.max : place) + name + extra
        }
        let start = file.count
        file += directory
        let count = claimedCount ?? UInt16(entries.count)
        if hasLargeEndRecord {
            let place = file.count
            file += [0x50, 0x4B, 6, 6] + number(44 as UInt64) + number(45 as UInt16) + number(45 as UInt16)
            file += number(0 as UInt32) + number(0 as UInt32) + number(UInt64(count)) + number(UInt64(count))
            file += number(UInt64(directory.count)) + number(UInt64(start))
            file += [0x50, 0x4B, 6, 7] + number(0 as UInt32) + number(UInt64(place)) + number(1 as UInt32)
        }
        file += [0x50, 0x4B, 5, 6] + number(0 as UInt16) + number(0 as UInt16) + number(count) + number(count)
        file += number(hasLargeEndRecord ? .max : UInt32(directory.count))
        file += number(hasLargeEndRecord ? .max : UInt32(start)) + number(0 as UInt16)
        return file
    }

    private func number(_ value: some FixedWidthInteger) -> [UInt8] { LittleEndian.bytes(value) }

    /// CRC-32 as zip uses it.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}

/// Writes pickles operation by operation.
public struct PickleBytes {
    /// The pickle so far; starts with protocol 2.
    public var bytes: [UInt8] = [0x80, 2]

    /// A pickle of protocol 2.
    public init() {}

    /// Appends operations as they are.
    public mutating func raw(_ operations: [UInt8]) { bytes += operations }

    /// Appends operations given as the characters they have in the format.
    public mutating func code(_ operations: String) { bytes += Array(operations.utf8) }

    /// Appends a string.
    public mutating func text(_ value: String) {
        bytes += [UInt8(ascii: "X")] + LittleEndian.bytes(UInt32(value.utf8.count)) + Array(value.utf8)
    }

    /// Appends an integer of 8 bytes.
    public mutating func integer(_ value: Int) { bytes += [0x8A, 8] + LittleEndian.bytes(value) }

    /// Appends a name to be looked up.
    public mutating func global(_ module: String, _ name: String) { bytes += Array("c\(module)\n\(name)\n".utf8) }

    /// Appends a tuple of integers.
    public mutating func integers(_ values: [Int]) {
        code("(")
        for value in values { integer(value) }
        code("t")
    }

    /// Appends a tensor as torch writes it.
    public mutating func tensor(
        storage: String = "FloatStorage", key: String = "0", count: Int, offset: Int = 0, sizes: [Int], strides: [Int]
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        code("((")
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        integer(count)
        code("tQ")
        integer(offset)
        integers(sizes)
        integers(strides)
        raw([0x89])
        code("}tR")
    }

    /// The pickle of a dictionary with one tensor named "w".
    public static func checkpoint(
        storage: String = "FloatStorage", key: String = "0", count: Int, offset: Int = 0, sizes: [Int], strides: [Int]
    ) -> [UInt8] {
        var pickle = PickleBytes()
        pickle.code("}")
        pickle.text("w")
        pickle.tensor(storage: storage, key: key, count: count, offset: offset, sizes: sizes, strides: strides)
        pickle.code("s.")
        return pickle.bytes
    }
}
