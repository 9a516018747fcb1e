import SecureBERTIntel
import SecureBERTJSON

/// A line of a stream of records, and the text in it.
struct EnrichedRecord {
    enum Content {
        case text(String)
        /// A record without the fields, or an empty line.
        case nothing
        /// No record that a key can be added to.
        case odd(String)
    }

    /// The line as it came, whatever its bytes are.
    let line: [UInt8]
    /// Counted from 1.
    let number: Int
    let content: Content
    /// When it was written, in seconds, by the first of its fields of time that tells.
    private(set) var time: Double?

    /// - Parameters:
    ///   - fields: Paths of keys, with dots between; several texts are set apart by empty lines.
    ///   - timeFields: Paths of times, as texts or in seconds since 1970.
    ///   - key: The key to be added.
    init(_ line: (bytes: [UInt8], number: Int), fields: [String], timeFields: [String] = [], key: String) {
        (self.line, number) = line
        if line.bytes.allSatisfy({ $0 <= 0x20 }) {
            content = .nothing
            return
        }
        do throws(JSONError) {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let json = try JSON.parse(line.bytes.dropFirst(line.bytes.starts(with: mark) ? mark.count : 0))
            guard let object = json.objectValue else {
                content = .odd("is \(json.kind), expected an object")
                return
            }
            guard object[key] == nil else {
                content = .odd("has a key \"\(key.visible)\" already, choose another one with --key")
                return
            }
            let texts = fields.flatMap { Self.values(json, at: $0[...], Self.texts) }
            content = texts.isEmpty ? .nothing : .text(texts.joined(separator: "\n\n"))
            time = timeFields.lazy.flatMap { Self.values(json, at: $0[...], Self.times) }.first
        } catch {
            content = .odd("is not JSON: \(error.problem)")
        }
    }

    var text: String? { if case .text(let text) = content { text } else { nil } }

    /// What is at a path; a key that has dots itself counts as well ("event.original").
    private static func values<Value>(_ json: JSON, at path: Substring, _ read: (JSON) -> [Value]) -> [Value] {
        if let whole = json[String(path)] { return read(whole) }
        for dot in path.indices where path[dot] == "." {
            guard let inner = json[String(path[..<dot])] else { continue }
            let found = values(inner, at: path[path.index(after: dot)...], read)
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func times(_ json: JSON) -> [Double] {
        let text = json.stringValue ?? json.doubleValue.map { "\($0 >= 1e11 ? $0 / 1000 : $0)" }
        return text.flatMap { LogTime.seconds(of: Array($0.utf8)[...]) }.map { [$0] } ?? []
    }

    private static func texts(_ json: JSON) -> [String] {
        if let text = json.stringValue { return text.isEmpty ? [] : [text] }
        return json.arrayValue?.compactMap(\.stringValue).filter { !$0.isEmpty } ?? []
    }

    /// Appends the line as it is, with one more key before its last brace.
    func write(_ value: JSON, key: String, into bytes: inout [UInt8]) {
        let end = line.lastIndex(of: UInt8(ascii: "}")) ?? line.endIndex
        bytes += line[..<end]
        let isEmpty = line[..<end].last { $0 > 0x20 } == UInt8(ascii: "{")
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        JSON.string(key).write(into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        value.write(into: &bytes)
        bytes += line[end...]
        bytes.append(UInt8(ascii: "\n"))
    }
}
