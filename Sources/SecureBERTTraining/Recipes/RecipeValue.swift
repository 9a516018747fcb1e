import SecureBERTCheckpoint
import SecureBERTJSON
import TOMLKit

/// A TOML value. The parser's own objects are references into a C++ tree; they are copied once into plain values.
enum RecipeValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case double(Double)
    case bool(Bool)
    /// Dates and times, which no recipe uses; kept as text for messages.
    case date(String)
    case array([RecipeValue])
    /// Members sorted by key.
    case table([Member])

    struct Member: Sendable, Equatable {
        let key: String
        let value: RecipeValue
    }

    /// Parses a TOML document into a table.
    /// - Throws: The parser's error.
    static func parse(_ text: String) throws -> RecipeValue { RecipeValue(try TOMLTable(string: text)) }

    private init(_ table: TOMLTable) {
        let members = table.keys.map { key in Member(key: key, value: table[key].map(RecipeValue.init) ?? .date("")) }
        self = .table(members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    private init(_ value: any TOMLValueConvertible) {
        if let table = value.table {
            self.init(table)
        } else if let array = value.array {
            self = .array((0..<array.count).map { RecipeValue(array[$0]) })
        } else if let text = value.string {
            self = .string(text)
        } else if let number = value.int {
            self = .integer(number)
        } else if let number = value.double {
            self = .double(number)
        } else if let flag = value.bool {
            self = .bool(flag)
        } else {
            self = .date(value.debugDescription)
        }
    }

    /// What was found, for messages: `"a text"`, `7`, "a table".
    var found: String {
        switch self {
        case .string(let text): text.quoted
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .date(let text): "the date \(text.printable)"
        case .array(let elements): elements.isEmpty ? "an empty list" : "a list of \(elements.count)"
        case .table: "a table"
        }
    }

    /// The value spelled one way only, whatever the order, comments and layout of the file it came from.
    var canonicalText: String {
        switch self {
        case .string(let text): JSON.string(text).text
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .date(let text): "date(\(text))"
        case .array(let elements): "[\(elements.map(\.canonicalText).joined(separator: ","))]"
        case .table(let members):
            "{\(members.map { "\(JSON.string($0.key).text):\($0.value.canonicalText)" }.joined(separator: ","))}"
        }
    }
}
