/// A JSON value as RFC 8259 defines it, kept exactly: object members stay in document order and strings are
/// compared by bytes.
///
/// Model folders are hostile until validated, so this reader differs from Foundation's on purpose: duplicate object
/// keys are an error (Foundation keeps one of them silently), nesting is bounded, and keys that are canonically equal
/// but spelled with different bytes stay distinct, which a byte-level vocabulary needs.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    /// The members of a JSON object in document order.
    public struct Object: Sendable {
        public typealias Member = (key: String, value: JSON)
        public var members: [Member]

        public init(_ members: [Member] = []) {
            self.members = members
        }

        /// The value of the member whose key has the same UTF-8 bytes. O(members).
        public subscript(key: String) -> JSON? {
            for member in members where member.key.utf8.elementsEqual(key.utf8) { return member.value }
            return nil
        }
    }
}

extension JSON {
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var arrayValue: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: Object? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The value as an integer; a number such as `1e3` or `2.0` counts when it is whole and fits.
    public var integerValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value as a double, whichever way the number was written.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The member of that name when this is an object that has one.
    public subscript(key: String) -> JSON? { objectValue?[key] }

    /// What kind of value this is, for messages: "a string", "an object", ...
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Why a text is not acceptable JSON.
public struct JSONError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, as a clause without a full stop: "duplicate key \"a\"".
    public let problem: String
    /// Byte offset in the text where the problem was found.
    public let offset: Int
    /// Line of that byte, counted from 1.
    public let line: Int

    public var description: String { "\(problem) at line \(line), byte \(offset)" }
}
