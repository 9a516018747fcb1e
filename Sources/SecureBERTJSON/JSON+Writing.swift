extension JSON {
    /// The value as compact JSON text.
    ///
    /// Non-ASCII text is written as UTF-8. Numbers use the shortest digits that read back equal. JSON has no
    /// infinities or NaN; they are written as `null`, as ECMAScript does.
    public var text: String {
        var out: [UInt8] = []
        write(into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// The value as JSON text of several lines, two spaces a level.
    public var prettyText: String {
        var out: [UInt8] = []
        write(into: &out, indent: 0)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the value as UTF-8 JSON.
    /// - Parameter indent: the current level for text of several lines; nil for compact text.
    public func write(into out: inout [UInt8], indent: Int? = nil) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: value.description.utf8)
        case .number(let value): Self.write(value, into: &out)
        case .string(let value): Self.write(value, into: &out)
        case .array(let elements):
            let nested =
                elements.contains { $0.arrayValue != nil || $0.objectValue != nil } ? indent.map { $0 + 1 } : nil
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.newLine(nested, into: &out)
                element.write(into: &out, indent: nested)
            }
            if !elements.isEmpty, nested != nil { Self.newLine(indent, into: &out) }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            let nested = indent.map { $0 + 1 }
            out.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.newLine(nested, into: &out)
                Self.write(member.key, into: &out)
                out.append(UInt8(ascii: ":"))
                if indent != nil { out.append(UInt8(ascii: " ")) }
                member.value.write(into: &out, indent: nested)
            }
            if !object.members.isEmpty { Self.newLine(indent, into: &out) }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func newLine(_ indent: Int?, into out: inout [UInt8]) {
        guard let indent else { return }
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
    }

    private static func write(_ value: Double, into out: inout [UInt8]) {
        out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    private static func write(_ value: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x0A: out.append(contentsOf: #"\n"#.utf8)
            case 0x0D: out.append(contentsOf: #"\r"#.utf8)
            case 0x09: out.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                out.append(contentsOf: (hex.utf8.count == 1 ? #"\u000"# : #"\u00"#).utf8)
                out.append(contentsOf: hex.utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Object(elements.map { (key: $0.0, value: $0.1) }))
    }

    /// A 32-bit float with the shortest decimal digits that read back as the same 32-bit float.
    public init(_ value: Float) {
        self = .number(Double(value.description) ?? Double(value))
    }
}
