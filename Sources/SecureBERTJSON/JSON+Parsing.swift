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
    /// The bytes of a string with escapes while they are put together; kept for its memory.
    private var unescaped: [UInt8] = []

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
        // The digits' value as far as it needs no check for overflow.
        var magnitude = 0
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            if position < digits + Self.safeDigits { magnitude = magnitude * 10 + Int(byte - UInt8(ascii: "0")) }
            position += 1
        }
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
        if whole, position <= digits + Self.safeDigits { return .integer(digits > start ? -magnitude : magnitude) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error("number out of range", at: start) }
        return .number(value)
    }

    /// Numbers of this many digits fit 64 bits.
    private static let safeDigits = 18

    private mutating func skipDigits() {
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        let content = position
        let combined = try skipPlainBytes()
        if peek == UInt8(ascii: "\"") {
            let slice = UnsafeBufferPointer(rebasing: bytes[content..<position])
            position += 1
            if combined < 0x80 { return String(decoding: slice, as: UTF8.self) }
            guard let text = String(validating: slice, as: UTF8.self) else {
                throw error("string is not valid UTF-8", at: start)
            }
            return text
        }
        return try escapedString(start: start, content: content, combined: combined)
    }

    /// Moves to the next quote, backslash or end; returns all the bytes passed, combined with "or".
    private mutating func skipPlainBytes() throws(JSONError) -> UInt8 {
        var combined: UInt8 = 0
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else { throw error("control character in a string") }
            combined |= byte
            position += 1
        }
        return combined
    }

    /// Finishes a string in which an escape was met; `position` stands on the backslash, and the bytes from `content` to there
    /// were plain and are `combined` with "or".
    private mutating func escapedString(start: Int, content: Int, combined: UInt8) throws(JSONError) -> String {
        var combined = combined
        unescaped.removeAll(keepingCapacity: true)
        unescaped.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[content..<position]))
        while let byte = peek {
            if byte == UInt8(ascii: "\"") {
                position += 1
                // Escapes give valid UTF-8, so only what stood there as it is can be wrong.
                if combined < 0x80 { return String(decoding: unescaped, as: UTF8.self) }
                guard let string = String(validating: unescaped, as: UTF8.self) else {
                    throw error("string is not valid UTF-8", at: start)
                }
                return string
            }
            if byte == UInt8(ascii: "\\") { try escape() }
            let plain = position
            combined |= try skipPlainBytes()
            unescaped.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[plain..<position]))
        }
        throw error("string is not closed", at: start)
    }

    /// Appends what the escape at `position` stands for to `unescaped`.
    private mutating func escape() throws(JSONError) {
        position += 1
        guard let byte = peek else { throw error("unexpected end of the document in an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            if let encoded = UTF8.encode(try escapedScalar()) { for byte in encoded { unescaped.append(byte) } }
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
            let digit: UInt8
            switch peek {
            case let byte? where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                digit = byte - UInt8(ascii: "0")
            case let byte? where byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"):
                digit = (byte | 0x20) - UInt8(ascii: "a") + 10
            default: throw error("expected four hexadecimal digits in a \\u escape")
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
    /// Upper half of the key's hash, then index of the member in the lower half; `free` is an empty slot. The hashes spare most
    /// comparisons and all hashing when the table grows.
    private var table: [UInt64] = []
    private var count = 0
    private static let smallLimit = 16
    private static let free = UInt64.max

    /// Adds the key of the member about to be appended; false when it is already among `members`.
    mutating func insert(_ key: String, members: [JSON.Object.Member]) -> Bool {
        count += 1
        if count <= Self.smallLimit {
            return !members.contains { $0.key.utf8.elementsEqual(key.utf8) }
        }
        if table.isEmpty {
            table = Array(repeating: Self.free, count: 64)
            for (index, member) in members.enumerated() { _ = place(member.key, index: index, members: members) }
        } else if count * 2 > table.count {
            grow()
        }
        return place(key, index: members.count, members: members)
    }

    private mutating func grow() {
        let old = table
        table = Array(repeating: Self.free, count: old.count * 2)
        let mask = table.count - 1
        for entry in old where entry != Self.free {
            var slot = Int(truncatingIfNeeded: entry >> 32) & mask
            while table[slot] != Self.free { slot = (slot + 1) & mask }
            table[slot] = entry
        }
    }

    private mutating func place(_ key: String, index: Int, members: [JSON.Object.Member]) -> Bool {
        // Seeded per process, so a file cannot be built to make every key collide. The table is at most half full.
        var hasher = Hasher()
        var key = key
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        let hash = UInt64(truncatingIfNeeded: hasher.finalize()) >> 32
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != Self.free {
            let entry = table[slot]
            if entry >> 32 == hash,
                members[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)].key.utf8.elementsEqual(key.utf8)
            {
                return false
            }
            slot = (slot + 1) & mask
        }
        table[slot] = hash << 32 | UInt64(truncatingIfNeeded: index)
        return true
    }
}
