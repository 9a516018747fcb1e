/// What a checkpoint written by `torch.save` holds: the unpickled value and where each storage's elements lie.
struct PickleContent {
    let root: PickleValue
    let objects: PickleObjects
    /// The bytes of each storage in the file, by key.
    let storageRanges: [String: Range<Int>]
}

extension PickleContent {
    /// Reads the zip layout: `<name>/data.pkl`, and a storage in each of `<name>/data/<key>`.
    init(zip bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        let archive = try ZipArchive(bytes, file: file)
        let pickles = archive.entries.values.filter { $0.name.hasSuffix("/data.pkl") && $0.name.utf8.count > 9 }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw CheckpointError(
                .malformed, file: file, "has \(pickles.count) entries named data.pkl, a checkpoint has one")
        }
        guard pickle.range.count <= Unpickler.maximumByteCount else {
            throw CheckpointError(
                .limitExceeded, file: file,
                "its pickle is \(pickle.range.count) bytes long, at most \(Unpickler.maximumByteCount) are accepted")
        }
        guard crc32(bytes[pickle.range]) == pickle.checksum else {
            throw ZipArchive.malformed(
                file, "the entry \(pickle.name.quoted) does not have the checksum recorded for it")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        if let order = archive.entries[folder + "byteorder"], !bytes[order.range].elementsEqual("little".utf8) {
            throw CheckpointError(.unsupported, file: file, "was written on a big-endian machine")
        }
        var unpickler = Unpickler(bytes, in: pickle.range, file: file)
        root = try unpickler.run()
        objects = unpickler.objects
        var ranges: [String: Range<Int>] = [:]
        for storage in objects.storages {
            guard let entry = archive.entries["\(folder)data/\(storage.key)"] else {
                throw CheckpointError(
                    .malformed, file: file, "has no entry for the storage \(storage.key.quoted) that a tensor needs")
            }
            try storage.check(byteCount: entry.range.count, file: file)
            ranges[storage.key] = entry.range
        }
        storageRanges = ranges
    }

    /// Reads the older layout: a magic number, a protocol number, facts about the machine, the value and the storages'
    /// keys, each a pickle; then for each key an element count of 8 bytes and the elements.
    init(legacy bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        var position = LegacyLayout.magic.count
        func next() throws(CheckpointError) -> (value: PickleValue, objects: PickleObjects) {
            var unpickler = Unpickler(bytes, in: position..<bytes.count, file: file)
            let value = try unpickler.run()
            position = unpickler.position
            return (value, unpickler.objects)
        }
        guard try next().value.integerValue == LegacyLayout.protocolNumber else {
            throw CheckpointError(
                .unsupported, file: file, "has not the protocol number \(LegacyLayout.protocolNumber) of torch.save")
        }
        let system = try next()
        guard LegacyLayout.isLittleEndian(system.value, system.objects) else {
            throw CheckpointError(
                .unsupported, file: file, "does not say that it was written on a little-endian machine")
        }
        let (root, objects) = try next()
        let list = try next()
        guard let keys = list.objects.elements(list.value) else {
            throw CheckpointError(.malformed, file: file, "has no list of storages behind its pickle")
        }
        let storages = Dictionary(objects.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var cursor = ByteCursor(bytes, in: position..<bytes.count)
        var ranges: [String: Range<Int>] = [:]
        for value in keys {
            guard let key = value.stringValue, let storage = storages[key], ranges[key] == nil else {
                throw CheckpointError(.malformed, file: file, "lists a storage that no tensor needs")
            }
            guard let count = cursor.number(Int64.self),
                case let (byteCount, overflow) = Int(count).multipliedReportingOverflow(by: storage.type.byteCount),
                count >= 0, !overflow, cursor.take(byteCount) != nil
            else {
                throw CheckpointError(
                    .truncated, file: file,
                    "the storage \(key.quoted) is cut; probably an incomplete download, fetch the file again")
            }
            ranges[key] = cursor.position - byteCount..<cursor.position
        }
        for storage in objects.storages {
            guard let range = ranges[storage.key] else {
                throw CheckpointError(.malformed, file: file, "has no data for the storage \(storage.key.quoted)")
            }
            try storage.check(byteCount: range.count, file: file)
        }
        guard cursor.remaining == 0 else {
            throw CheckpointError(.malformed, file: file, "has \(cursor.remaining) bytes behind its last storage")
        }
        self.root = root
        self.objects = objects
        storageRanges = ranges
    }
}

/// The layout that torch wrote before version 1.6.
enum LegacyLayout {
    /// The pickle of the number 0x1950a86a20f9469cfc6c.
    static let magic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    static let protocolNumber = 1001

    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: magic) }

    static func isLittleEndian(_ system: PickleValue, _ objects: PickleObjects) -> Bool {
        guard case .dictionary(let index) = system else { return false }
        return objects.dictionaries[index].contains { member in
            guard member.key.stringValue == "little_endian", case .bool(true) = member.value else { return false }
            return true
        }
    }
}

extension PickleStorage {
    /// Compares the size a pickle gives to a storage with the bytes that are there.
    func check(byteCount: Int, file: String) throws(CheckpointError) {
        let (expected, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, expected == byteCount else {
            throw CheckpointError(
                .malformed, file: file,
                "the storage \(key.quoted) of \(count) elements of \(type.rawValue) has \(byteCount) bytes of data")
        }
    }
}
