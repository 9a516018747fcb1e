/// A table in comma-separated values (RFC 4180) with a header line.
///
/// Strict: a quote inside an unquoted field, text behind a closing quote, a row of another width, a lone carriage return
/// or a quote that is never closed is an error with its line, never a guess. Lines may end in CR LF or LF.
public struct CSVTable: Sendable, Equatable {
    /// A row below the header.
    public struct Row: Sendable, Equatable {
        /// The line the row starts on, counted from 1.
        public let line: Int
        /// One field per column.
        public let fields: [String]
    }

    /// The file, for messages.
    public let file: String
    /// Names of the columns.
    public let columns: [String]
    /// The rows, in order.
    public let rows: [Row]

    /// Reads a file, decompressed when its name ends in `.zst`.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String) throws {
        try self.init(WholeFile.read(path), file: path)
    }

    /// Reads the bytes of a file.
    /// - Parameters:
    ///   - bytes: the table, in UTF-8.
    ///   - file: the name to use in messages.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(_ bytes: [UInt8], file: String) throws(CorpusError) {
        var parser = CSVParser(bytes, file: file)
        guard let header = try parser.row() else {
            throw CorpusError(.malformed, file: file, "is empty, expected a line with the names of the columns")
        }
        for (index, name) in header.fields.enumerated() {
            guard !header.fields[..<index].contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                throw CorpusError(.malformed, file: file, line: header.line, "two columns are named \"\(name)\"")
            }
        }
        var rows: [Row] = []
        while let row = try parser.row() {
            guard row.fields.count == header.fields.count else {
                throw CorpusError(
                    .malformed, file: file, line: row.line,
                    "expected \(header.fields.count) fields as in the header, found \(row.fields.count)")
            }
            rows.append(row)
        }
        self.file = file
        self.columns = header.fields
        self.rows = rows
    }

    /// The index of a column.
    /// - Throws: ``CorpusError`` that lists the columns there are.
    public func index(of column: String) throws(CorpusError) -> Int {
        guard let index = columns.firstIndex(where: { $0.utf8.elementsEqual(column.utf8) }) else {
            throw CorpusError(
                .malformed, file: file, line: 1,
                "has no column \"\(column)\", found \(columns.map { "\"\($0)\"" }.joined(separator: ", "))")
        }
        return index
    }
}

/// Cuts bytes into rows and fields.
private struct CSVParser {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
        // What spreadsheets put in front of UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private func error(_ problem: String) -> CorpusError {
        CorpusError(.malformed, file: file, line: line, problem)
    }

    private func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    mutating func row() throws(CorpusError) -> CSVTable.Row? {
        guard position < bytes.count else { return nil }
        let start = line
        var fields: [String] = []
        while true {
            fields.append(try field())
            switch peek() {
            case Self.comma: position += 1
            case nil: return CSVTable.Row(line: start, fields: fields)
            default:
                position += peek() == 0x0D ? 2 : 1
                line += 1
                return CSVTable.Row(line: start, fields: fields)
            }
        }
    }

    /// A field; afterwards the position is at a comma, a line end or the end.
    private mutating func field() throws(CorpusError) -> String {
        let content: [UInt8]
        if peek() == Self.quote {
            content = try quoted()
        } else {
            let start = position
            while let byte = peek(), byte != Self.comma, byte != 0x0A, byte != 0x0D {
                guard byte != Self.quote else {
                    throw error("a quote inside a field; put the field in quotes and double the quote")
                }
                position += 1
            }
            content = Array(bytes[start..<position])
        }
        if peek() == 0x0D, peek(1) != 0x0A {
            throw error("a carriage return that no line feed follows; put the field in quotes")
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw error("a field is not valid UTF-8") }
        return text
    }

    private mutating func quoted() throws(CorpusError) -> [UInt8] {
        let opening = error("a quote is never closed")
        var content: [UInt8] = []
        position += 1
        while let byte = peek() {
            position += 1
            if byte == Self.quote {
                guard peek() == Self.quote else {
                    guard [nil, Self.comma, 0x0A, 0x0D].contains(peek()) else {
                        throw error("text behind a closing quote; expected a comma or the end of the line")
                    }
                    return content
                }
                position += 1
            }
            if byte == 0x0A { line += 1 }
            content.append(byte)
        }
        throw opening
    }
}
