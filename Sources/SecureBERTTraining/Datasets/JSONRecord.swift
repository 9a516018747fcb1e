import SecureBERTCheckpoint
import SecureBERTJSON

/// The object of one line of a JSONL file. What it is asked for and has not is an error with file and line.
struct JSONRecord {
    let file: String
    /// Counted from 1.
    let line: Int
    private let members: JSON.Object

    init(_ bytes: some Collection<UInt8>, file: String, line: Int) throws(CorpusError) {
        (self.file, self.line) = (file, line)
        let json: JSON
        do { json = try JSON.parse(bytes) } catch {
            throw CorpusError(
                .malformed, file: file, line: line, "is not valid JSON: \(error.problem) at byte \(error.offset)")
        }
        guard case .object(let members) = json else {
            throw CorpusError(.malformed, file: file, line: line, "is \(json.kind), expected an object")
        }
        self.members = members
    }

    func error(_ problem: String) -> CorpusError { CorpusError(.malformed, file: file, line: line, problem) }

    /// The value under a key; nil when it is missing or null.
    func value(_ key: String) -> JSON? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    private func required(_ key: String) throws(CorpusError) -> JSON {
        guard let value = value(key) else {
            let keys = members.members.map(\.key.quoted).joined(separator: ", ")
            throw error("has no \(key.quoted), found \(keys.isEmpty ? "no members" : keys)")
        }
        return value
    }

    /// The string under a key.
    func string(_ key: String) throws(CorpusError) -> String {
        let value = try required(key)
        guard let text = value.stringValue else { throw mismatch(key, "a string", value) }
        return text
    }

    /// The string under a key; nil when it is missing, null or empty.
    func optionalString(_ key: String) throws(CorpusError) -> String? {
        guard value(key) != nil else { return nil }
        let text = try string(key)
        return text.isEmpty ? nil : text
    }

    /// A string, or a whole number or a boolean as text: how identifiers and labels are written. Nil when it is missing.
    func optionalName(_ key: String) throws(CorpusError) -> String? {
        guard let value = value(key) else { return nil }
        guard let name = Self.name(value) else { throw mismatch(key, "a string or a whole number", value) }
        return name
    }

    /// As ``optionalName(_:)``, for what must be there.
    func name(_ key: String) throws(CorpusError) -> String {
        let value = try required(key)
        guard let name = Self.name(value) else { throw mismatch(key, "a string or a whole number", value) }
        return name
    }

    /// A list of names.
    func names(_ key: String) throws(CorpusError) -> [String] {
        var names: [String] = []
        for value in try array(key) {
            guard let name = Self.name(value) else { throw mismatch("an element of \(key)", "a string", value) }
            names.append(name)
        }
        return names
    }

    /// A list of numbers.
    func numbers(_ key: String) throws(CorpusError) -> [Double] {
        var numbers: [Double] = []
        for value in try array(key) {
            guard let number = value.doubleValue else { throw mismatch("an element of \(key)", "a number", value) }
            numbers.append(number)
        }
        return numbers
    }

    /// The elements of the array under a key.
    func array(_ key: String) throws(CorpusError) -> [JSON] {
        let value = try required(key)
        guard let elements = value.arrayValue else { throw mismatch(key, "an array", value) }
        return elements
    }

    private static func name(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        default: nil
        }
    }

    private func mismatch(_ key: String, _ expected: String, _ found: JSON) -> CorpusError {
        error("\(key.quoted) is \(found.kind), expected \(expected)")
    }
}
