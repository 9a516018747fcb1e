/// The part of the zip format that torch writes: stored entries, optionally with 64-bit sizes.
///
/// The reader treats the archive as hostile. Names must be plain relative paths, every entry must lie inside the file
/// in front of the directory, no two may overlap, and nothing is ever decompressed, so sizes cannot exceed the file's.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        /// Where the content lies in the file.
        let range: Range<Int>
        let checksum: UInt32
        /// Where the entry starts, with its own header.
        let start: Int
    }

    let entries: [String: Entry]

    /// A checkpoint has an entry for each tensor and a few more.
    static let maximumEntryCount = 1 << 20

    static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

    /// Reads the directory of an archive.
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - file: its path, for messages.
    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        let directory = try Self.directory(bytes, file: file)
        var cursor = ByteCursor(bytes, in: directory.range)
        var entries: [String: Entry] = [:]
        for _ in 0..<directory.entryCount {
            let entry = try Self.entry(&cursor, directoryStart: directory.range.lowerBound, file: file)
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw Self.malformed(file, "has two entries named \(entry.name.quoted)")
            }
        }
        var end = 0
        for entry in entries.values.sorted(by: { $0.start < $1.start }) {
            guard entry.start >= end else {
                throw Self.malformed(file, "the entry \(entry.name.quoted) overlaps the one before it")
            }
            end = entry.range.upperBound
        }
        self.entries = entries
    }

    static func malformed(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.malformed, file: file, "as a zip archive it is invalid: \(problem)")
    }

    private static func directory(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(CheckpointError) -> (range: Range<Int>, entryCount: Int) {
        guard let end = endRecord(bytes) else {
            throw CheckpointError(
                .truncated, file: file,
                "has no zip directory at its end; probably an incomplete download, fetch the file again")
        }
        var cursor = ByteCursor(bytes, in: end + 4..<bytes.count)
        guard let disk: UInt16 = cursor.number(), let directoryDisk: UInt16 = cursor.number(),
            let countHere: UInt16 = cursor.number(), let count: UInt16 = cursor.number(),
            let size: UInt32 = cursor.number(), let offset: UInt32 = cursor.number()
        else { throw malformed(file, "its end record is cut") }
        guard disk == 0, directoryDisk == 0, countHere == count else { throw malformed(file, "it has several volumes") }
        let large = try largeDirectory(bytes, endRecord: end, file: file)
        let limit = large?.limit ?? end
        let start = large?.offset ?? Int(offset)
        let byteCount = large?.size ?? Int(size)
        let entryCount = large?.count ?? Int(count)
        guard start <= limit, byteCount <= limit - start else {
            throw malformed(file, "its directory (\(byteCount) bytes at \(start)) is not inside the file")
        }
        guard entryCount <= maximumEntryCount else {
            throw CheckpointError(
                .limitExceeded, file: file, "has \(entryCount) entries, at most \(maximumEntryCount) are accepted")
        }
        guard entryCount <= byteCount / 46 else {
            throw malformed(file, "its directory of \(byteCount) bytes cannot hold the \(entryCount) entries announced")
        }
        return (start..<start + byteCount, entryCount)
    }

    /// Where the end record starts: it is the last thing in the file but for a comment whose length it gives.
    private static func endRecord(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 22 else { return nil }
        for start in stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 0xFFFF), by: -1) {
            guard bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian == 0x0605_4B50 else {
                continue
            }
            let comment = bytes.loadUnaligned(fromByteOffset: start + 20, as: UInt16.self).littleEndian
            if start + 22 + Int(comment) == bytes.count { return start }
        }
        return nil
    }

    /// The directory's place when the archive has the 64-bit end record.
    private static func largeDirectory(
        _ bytes: UnsafeRawBufferPointer, endRecord end: Int, file: String
    ) throws(CheckpointError) -> (limit: Int, offset: Int, size: Int, count: Int)? {
        var locator = ByteCursor(bytes, in: max(0, end - 20)..<end)
        guard locator.number(UInt32.self) == 0x0706_4B50 else { return nil }
        guard locator.number(UInt32.self) == 0, let place = locator.number(UInt64.self).flatMap(Int.init(exactly:)),
            place <= end - 20
        else { throw malformed(file, "the pointer to its 64-bit end record leads outside the file") }
        var record = ByteCursor(bytes, in: place..<end - 20)
        guard record.number(UInt32.self) == 0x0606_4B50, record.take(20) != nil, record.number(UInt64.self) != nil,
            let count = record.number(UInt64.self).flatMap(Int.init(exactly:)),
            let size = record.number(UInt64.self).flatMap(Int.init(exactly:)),
            let offset = record.number(UInt64.self).flatMap(Int.init(exactly:))
        else { throw malformed(file, "its 64-bit end record is invalid") }
        return (place, offset, size, count)
    }

    private static func entry(
        _ cursor: inout ByteCursor, directoryStart: Int, file: String
    ) throws(CheckpointError) -> Entry {
        guard cursor.number(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil, let flags = cursor.number(UInt16.self),
            let method = cursor.number(UInt16.self), cursor.take(4) != nil, let checksum = cursor.number(UInt32.self),
            let storedSize = cursor.number(UInt32.self), let fullSize = cursor.number(UInt32.self),
            let nameLength = cursor.number(UInt16.self), let extraLength = cursor.number(UInt16.self),
            let commentLength = cursor.number(UInt16.self), cursor.take(8) != nil,
            let offset = cursor.number(UInt32.self), let name = cursor.text(Int(nameLength)),
            let extra = cursor.take(Int(extraLength)), cursor.take(Int(commentLength)) != nil
        else { throw malformed(file, "its directory is cut or has a name that is not UTF-8") }
        guard !name.isEmpty, ContainedPath.isSafe(name) else {
            throw CheckpointError(
                .unsafe, file: file, "has the entry \(name.quoted), which is not a plain path inside the archive")
        }
        guard method == 0 else {
            throw CheckpointError(
                .unsupported, file: file,
                "the entry \(name.quoted) is compressed (method \(method)); checkpoints written by torch are not")
        }
        guard flags & 1 == 0 else {
            throw CheckpointError(.unsupported, file: file, "the entry \(name.quoted) is encrypted")
        }
        guard
            let (full, stored, start) = largeSizes(
                ByteCursor(cursor.bytes, in: extra.startIndex..<extra.endIndex), fullSize, storedSize, offset)
        else { throw malformed(file, "the 64-bit sizes of the entry \(name.quoted) are missing") }
        guard full == stored else {
            throw malformed(file, "the entry \(name.quoted) is \(stored) bytes long and announced with \(full)")
        }
        var local = ByteCursor(cursor.bytes, in: start..<max(start, directoryStart))
        guard local.number(UInt32.self) == 0x0403_4B50, local.take(22) != nil,
            let localNameLength = local.number(UInt16.self), let localExtraLength = local.number(UInt16.self),
            local.text(Int(localNameLength)) == name, local.take(Int(localExtraLength)) != nil,
            local.take(full) != nil
        else {
            throw malformed(
                file,
                "the entry \(name.quoted) (\(full) bytes at \(start)) is not inside the file where the directory says")
        }
        return Entry(name: name, range: local.position - full..<local.position, checksum: checksum, start: start)
    }

    /// The sizes and the offset of an entry, from the 64-bit extra field where the 32-bit ones say so.
    private static func largeSizes(
        _ extra: ByteCursor, _ full: UInt32, _ stored: UInt32, _ offset: UInt32
    ) -> (full: Int, stored: Int, offset: Int)? {
        var extra = extra
        var field = ByteCursor(extra.bytes, in: 0..<0)
        while let identifier = extra.number(UInt16.self), let length = extra.number(UInt16.self),
            let content = extra.take(Int(length))
        {
            if identifier == 1 { field = ByteCursor(extra.bytes, in: content.startIndex..<content.endIndex) }
        }
        func value(_ small: UInt32) -> Int? {
            small == .max ? field.number(UInt64.self).flatMap(Int.init(exactly:)) : Int(small)
        }
        guard let full = value(full), let stored = value(stored), let offset = value(offset) else { return nil }
        return (full, stored, offset)
    }
}

/// The checksum of zip (CRC-32, polynomial 0xEDB88320).
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
}
