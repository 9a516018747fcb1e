extension JSON {
    /// Arrays and objects may nest this deep, the limit of the reference reader (serde_json).
    public static let maximumDepth = 128

    /// Parses one JSON document.
    /// - Parameter bytes: UTF-8 text; white space may surround the document, anything else may not.
    /// - Throws: ``JSONError`` for anything RFC 8259 does not allow, duplicate keys, or nesting beyond
    ///   ``maximumDepth``.
    public static func parse(_ bytes: some Sequence<UInt8>) throws(JSONError) -> JSON {
        let result: Result<JSON, JSONError>? = bytes.withContiguousStorageIfAvailable { buffer in
            Result { () throws(JSONError) -> JSON in try parse(buffer: buffer) }
        }
        if let result { return try result.get() }
        return try parse(Array(bytes))
    }

    /// Parses one JSON document from its text.
    /// - Throws: ``JSONError``.
    public static func parse(_ text: String) throws(JSONError) -> JSON {
        try parse(text.utf8)
    }

    private static func parse(buffer: UnsafeBufferPointer<UInt8>) throws(JSONError) -> JSON {
        var parser = Parser(bytes: buffer)
        parser.skipWhitespace()
        let value = try parser.value(depth: 0)
        parser.skipWhitespace()
        guard parser.position == buffer.count else {
            throw parser.error("unexpected text after the end of the document")
        }
        return value
    }
}

/// A recursive-descent reader over borrowed bytes. Every access is bounds-checked through ``peek``.
private struct Parser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    func error(_ problem: String, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? position
        let line = bytes[..<min(offset, bytes.count)].reduce(into: 1) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
        return JSONError(problem: problem, offset: offset, line: line)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.maximumDepth else { throw error("nesting deeper than \(JSON.maximumDepth) levels") }
        guard let byte = peek else { throw error("unexpected end of the document") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("unexpected byte 0x\(String(byte, radix: 16))")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw error("invalid literal, expected \(word)") }
        position = end
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var elements: [JSON] = []
        skipWhitespace()
        if peek == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            skipWhitespace()
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            switch peek {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .array(elements)
            default: throw error("expected ',' or ']' in an array")
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var object = JSON.Object()
        var keys = KeySet()
        skipWhitespace()
        if peek == UInt8(ascii: "}") {
            position += 1
            return .object(object)
        }
        while true {
            skipWhitespace()
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member name in quotes") }
            let key = try string()
            guard keys.insert(key, members: object.members) else { throw error("duplicate key \"\(key)\"", at: start) }
            skipWhitespace()
            guard peek == UInt8(ascii: ":") else { throw error("expected ':' after a member name") }
            position += 1
            skipWhitespace()
            object.members.append((key, try value(depth: depth + 1)))
            skipWhitespace()
            switch peek {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .object(object)
            default: throw error("expected ',' or '}' in an object")
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let digits = position
        skipDigits()
        guard position > digits else { throw error("expected a digit") }
        guard position == digits + 1 || bytes[digits] != UInt8(ascii: "0") else {
            throw error("a number must not start with 0", at: start)
        }
        var whole = true
        if peek == UInt8(ascii: ".") {
            whole = false
            position += 1
            let fraction = position
            skipDigits()
            guard position > fraction else { throw error("expected a digit after the decimal point") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            whole = false
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            let exponent = position
            skipDigits()
            guard position > exponent else { throw error("expected a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error("number out of range", at: start) }
        return .number(value)
    }

    private mutating func skipDigits() {
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        let content = position
        var ascii: UInt8 = 0
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else { throw error("control character in a string") }
            ascii |= byte
            position += 1
        }
        if peek == UInt8(ascii: "\"") {
            let slice = UnsafeBufferPointer(rebasing: bytes[content..<position])
            position += 1
            if ascii < 0x80 { return String(decoding: slice, as: UTF8.self) }
            guard let text = String(validating: slice, as: UTF8.self) else {
                throw error("string is not valid UTF-8", at: start)
            }
            return text
        }
        return try escapedString(start: start, content: content)
    }

    /// Finishes a string in which an escape was met; `position` stands on the backslash.
    private mutating func escapedString(start: Int, content: Int) throws(JSONError) -> String {
        var text = Array(bytes[content..<position])
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("string is not valid UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw error("control character in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("string is not closed", at: start)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        position += 1
        guard let byte = peek else { throw error("unexpected end of the document in an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try escapedScalar()).utf8))
        default: throw error("unknown escape", at: position - 2)
        }
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair; `position` stands behind the first `u`.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = position - 2
        let unit = try hexUnit()
        if let scalar = Unicode.Scalar(UInt32(unit)) { return scalar }
        guard UTF16.isLeadSurrogate(unit), peek == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error("unpaired surrogate escape", at: start) }
        position += 2
        let trail = try hexUnit()
        guard UTF16.isTrailSurrogate(trail),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00))
        else { throw error("unpaired surrogate escape", at: start) }
        return scalar
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected four hexadecimal digits in a \\u escape")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

/// Finds duplicate keys by bytes: by comparison while an object is small, by an open-addressing table of hashes
/// when it is a vocabulary. Swift's own `Set<String>` would merge canonically equal spellings.
private struct KeySet {
    private var table: [Int32] = []
    private var count = 0
    private static let smallLimit = 16

    /// Adds the key of the member about to be appended; false when it is already among `members`.
    mutating func insert(_ key: String, members: [JSON.Object.Member]) -> Bool {
        count += 1
        if count <= Self.smallLimit {
            return !members.contains { $0.key.utf8.elementsEqual(key.utf8) }
        }
        if count * 2 > table.count { rebuild(members) }
        return place(key, index: Int32(truncatingIfNeeded: members.count), members: members)
    }

    private mutating func rebuild(_ members: [JSON.Object.Member]) {
        table = Array(repeating: -1, count: max(64, table.count * 4))
        for (index, member) in members.enumerated() {
            _ = place(member.key, index: Int32(truncatingIfNeeded: index), members: members)
        }
    }

    private mutating func place(_ key: String, index: Int32, members: [JSON.Object.Member]) -> Bool {
        let mask = table.count - 1
        // Seeded per process, so a file cannot be built to make every key collide. The table is at most half full.
        var hasher = Hasher()
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        let hash = hasher.finalize()
        var slot = hash & mask
        while table[slot] >= 0 {
            if members[Int(table[slot])].key.utf8.elementsEqual(key.utf8) { return false }
            slot = (slot + 1) & mask
        }
        table[slot] = index
        return true
    }
}
