import SecureBERTJSON

/// The records of several inputs, one after the other, as they come.
struct RecordReader {
    private var waiting: ArraySlice<String>
    private let format: InputFormat?
    private let fallback: InputFormat
    private var current: (lines: LineReader, format: InputFormat)?
    private let acceptsIDs: Bool
    private var count = 0
    /// Called before waiting for input, so that the results of what was read so far are not held back.
    private let beforeWaiting: () throws -> Void

    /// - Parameters:
    ///   - paths: `-` is the standard input.
    ///   - format: Nil to go by each file's name.
    ///   - fallback: The format of a file whose name says nothing.
    ///   - acceptsIDs: Whether a JSON line may have `ids` in place of its `text`, which is then empty.
    init(
        _ paths: [String], format: InputFormat?, fallback: InputFormat, acceptsIDs: Bool = false,
        beforeWaiting: @escaping () throws -> Void = {}
    ) {
        waiting = paths[...]
        self.format = format
        self.fallback = fallback
        self.acceptsIDs = acceptsIDs
        self.beforeWaiting = beforeWaiting
    }

    /// The next record; nil after the last.
    mutating func next() throws -> TextRecord? {
        while true {
            guard current != nil else {
                guard let path = waiting.popFirst() else { return nil }
                current = (LineReader(try InputFile(path)), format ?? InputFormat(path: path) ?? fallback)
                continue
            }
            if let record = try nextOfCurrent() { return record }
            current = nil
        }
    }

    /// The next records, as many as are worth handling together; empty after the last. Ends early rather than wait for
    /// input, so that results follow a slow input immediately.
    mutating func nextBatch(records limit: Int = 256, bytes byteLimit: Int = 1 << 20) throws -> [TextRecord] {
        var batch: [TextRecord] = []
        var bytes = 0
        while batch.count < limit, bytes < byteLimit {
            if !batch.isEmpty, current?.lines.isReady == false { break }
            guard let record = try next() else { break }
            bytes += record.text.utf8.count + (record.pair?.utf8.count ?? 0)
            batch.append(record)
        }
        return batch
    }

    private mutating func nextOfCurrent() throws -> TextRecord? {
        guard let format = current?.format else { return nil }
        if current?.lines.isReady == false { try beforeWaiting() }
        if format == .document { return try document() }
        while let line = try current?.lines.next() {
            let place = "\(current?.lines.file.name ?? ""), line \(line.number)"
            guard format == .jsonl else {
                return record(place, line.text, pair: nil, members: JSON.Object())
            }
            // An empty line holds no JSON document; files that end in one are common.
            if line.text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            return try jsonRecord(place, line.text)
        }
        return nil
    }

    private mutating func record(_ place: String, _ text: String, pair: String?, members: JSON.Object) -> TextRecord {
        defer { count += 1 }
        return TextRecord(
            index: count, place: place, text: text, pair: pair, id: members["id"] ?? .integer(count), members: members)
    }

    private mutating func jsonRecord(_ place: String, _ line: String) throws -> TextRecord {
        let json: JSON
        do {
            json = try JSON.parse(line)
        } catch {
            throw CommandLineError(
                .badInput, "\(place): is not valid JSON: \(error.problem) at byte \(error.offset)",
                hint: "--input-format text, if the lines are texts")
        }
        guard case .object(let members) = json else {
            throw CommandLineError(.badInput, "\(place): is \(json.kind), expected an object with a \"text\"")
        }
        let text = try Self.string("text", members, place)
        guard text != nil || acceptsIDs && members["ids"] != nil else {
            throw CommandLineError(.badInput, "\(place): has no \"text\"")
        }
        return record(place, text ?? "", pair: try Self.string("text_pair", members, place), members: members)
    }

    private static func string(_ key: String, _ members: JSON.Object, _ place: String) throws -> String? {
        guard let value = members[key], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            throw CommandLineError(.badInput, "\(place): \"\(key)\" is \(value.kind), expected a string")
        }
        return text
    }

    /// The current input as one text.
    private mutating func document() throws -> TextRecord? {
        guard let name = current?.lines.file.name, let text = try current?.lines.wholeFile() else { return nil }
        return record(name, text, pair: nil, members: JSON.Object())
    }
}
