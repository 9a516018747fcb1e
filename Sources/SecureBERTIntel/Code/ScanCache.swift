import Crypto
import SecureBERTCheckpoint
import SecureBERTJSON

/// What a model said about functions in earlier scans, by the hash of their text.
///
/// One file of JSON lines for each model, its calibration and arithmetic: other ones never see it. Every line carries a checksum;
/// lines that do not read as they were written are left out and their functions scored again. The file is replaced as a whole.
public struct ScanCache {
    /// What is remembered of a function.
    struct Entry: Equatable {
        let score: Double
        let label: String
        /// The lines that matter, counted from the function's first, and their share; nil when nobody has asked yet.
        let lines: [Line]?

        struct Line: Equatable {
            let offset: Int
            let share: Double
        }
    }

    /// The most functions that are remembered; those that were not asked for longest are forgotten first.
    public static let capacity = 200_000
    private static let longestFile = 256 << 20

    private let path: String
    private var entries: [String: Entry] = [:]
    /// Keys of the file, those used last first.
    private var stored: [String] = []
    private var used: [String] = []
    private var isUsed: Set<String> = []
    /// Lines of the file that could not be read.
    public private(set) var damagedLines = 0

    /// Opens the cache of a model; one that is not there yet, or cannot be read, is empty.
    /// - Parameters:
    ///   - folder: Where caches are; made when it is missing.
    ///   - model: What identifies the model and how it computes.
    /// - Throws: `CheckpointError` when the folder cannot be made.
    public init(folder: String, model: String) throws {
        try Self.makeFolders(folder)
        path = FileSystem.join(folder, model + ".jsonl")
        guard let bytes = try? FileSystem.read(path, limit: Self.longestFile) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let (key, entry) = Self.read(line) else {
                damagedLines += 1
                continue
            }
            if entries.updateValue(entry, forKey: key) == nil { stored.append(key) }
        }
    }

    private static func makeFolders(_ folder: String) throws {
        var path = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            path = path.isEmpty ? String(part) : FileSystem.join(path, String(part))
            if FileSystem.kind(of: path) != .folder { try FileSystem.makeFolder(path) }
        }
    }

    /// The key of a function's text.
    static func key(_ text: [UInt8]) -> String { SHA256.hash(data: text).hexadecimal }

    /// What identifies a model and how it computes: the files of its folder and of the one that it adapts.
    public static func identity(_ folder: ModelFolder, settings: String) throws -> String {
        var hash = SHA256()
        for path in folder.modelPath == folder.path ? [folder.path] : [folder.path, folder.modelPath] {
            for name in try FileSystem.names(inFolder: path) {
                let file = FileSystem.join(path, name)
                guard FileSystem.kind(of: file) == .file, !name.hasSuffix(".md"), name != "triage.json" else {
                    continue
                }
                hash.update(data: Array("\(name)\n".utf8))
                let content = try FileSystem.map(file)
                withExtendedLifetime(content) { hash.update(bufferPointer: content.bytes) }
            }
        }
        hash.update(data: Array("\(settings)\nformat 1".utf8))
        return String(hash.finalize().hexadecimal.prefix(32))
    }

    // MARK: - Entries

    mutating func entry(_ key: String) -> Entry? {
        guard let entry = entries[key] else { return nil }
        if isUsed.insert(key).inserted { used.append(key) }
        return entry
    }

    mutating func add(_ entry: Entry, _ key: String) {
        entries[key] = entry
        if isUsed.insert(key).inserted { used.append(key) }
    }

    /// Replaces the file, with what was used now first.
    /// - Throws: `CheckpointError` when it cannot be written.
    public func save() throws {
        var out: [UInt8] = []
        for key in (used + stored.filter { !isUsed.contains($0) }).prefix(Self.capacity) {
            guard let entry = entries[key] else { continue }
            Self.write(key, entry, into: &out)
        }
        try AtomicFile.write(out, to: path)
    }

    // MARK: - Lines

    private static func write(_ key: String, _ entry: Entry, into out: inout [UInt8]) {
        var members: [(String, JSON)] = [
            ("key", .string(key)), ("score", .number(entry.score)), ("label", .string(entry.label)),
        ]
        if let lines = entry.lines {
            members.append(("lines", .array(lines.map { [.integer($0.offset), .number($0.share)] })))
        }
        let content = JSON.object(.init(members)).text
        out += Array("\(checksum(Array(content.utf8))) \(content)\n".utf8)
    }

    private static func read(_ line: ArraySlice<UInt8>) -> (String, Entry)? {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, checksum(Array(parts[1])) == String(decoding: parts[0], as: UTF8.self),
            let json = try? JSON.parse(Array(parts[1])), let key = json["key"]?.stringValue,
            let score = json["score"]?.doubleValue, (0...1).contains(score), let label = json["label"]?.stringValue
        else { return nil }
        let lines = json["lines"]?.arrayValue?.compactMap { line -> Entry.Line? in
            guard let values = line.arrayValue, values.count == 2, let offset = values[0].integerValue, offset >= 0,
                let share = values[1].doubleValue
            else { return nil }
            return Entry.Line(offset: offset, share: share)
        }
        return (key, Entry(score: score, label: label, lines: lines))
    }

    private static func checksum(_ bytes: [UInt8]) -> String { String(SHA256.hash(data: bytes).hexadecimal.prefix(8)) }
}

extension SHA256Digest {
    /// The digest in lower-case hexadecimal digits.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
