/// Reads the definitions of Python by logical lines and their indentation: a function ends with the last line that is indented
/// deeper than its `def`.
struct PythonFunctions {
    private let bytes: [UInt8]
    private let places: LinePlaces
    private var functions: [SourceFunction] = []
    private var open: [Block] = []
    private var position = 0
    /// The end of the last logical line that is not empty.
    private var lastEnd = 0
    /// Lines with nothing but a comment since then: their indentation and end.
    private var comments: [(indentation: Int, end: Int)] = []

    private struct Block {
        let name: String
        let qualifiedName: String
        let indentation: Int
        let isFunction: Bool
        /// Where the definition begins, and where in `functions` it goes.
        let start: Int
        let slot: Int
    }

    static func find(in bytes: [UInt8]) -> [SourceFunction] {
        var reader = PythonFunctions(bytes)
        while reader.position < bytes.count { reader.logicalLine() }
        reader.close(downTo: -1)
        return reader.functions
    }

    private init(_ bytes: [UInt8]) { (self.bytes, places) = (bytes, LinePlaces(bytes)) }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    private mutating func logicalLine() {
        let indentation = indentation()
        let start = position
        if start >= bytes.count || bytes[start] == "\n" || bytes[start] == "#" || bytes[start] == "\r" {
            skipLine()
            if byte(start) == "#" { comments.append((indentation, max(start, position - 1))) }
            return
        }
        close(downTo: indentation)
        comments = []
        let end = logicalEnd(start)
        open(start, end, indentation)
        lastEnd = end
        position = end
        skipLine()
    }

    /// Moves behind the space that a line begins with, and returns its width.
    private mutating func indentation() -> Int {
        var width = 0
        while position < bytes.count {
            switch bytes[position] {
            case " ": width += 1
            case "\t": width = (width / 8 + 1) * 8
            case 0x0C: width = 0
            default: return width
            }
            position += 1
        }
        return width
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != "\n" { position += 1 }
        position = min(position + 1, bytes.count)
    }

    // MARK: - Definitions

    private mutating func open(_ start: Int, _ end: Int, _ indentation: Int) {
        var index = start
        var word = nextWord(&index, end)
        if word == "async" { word = nextWord(&index, end) }
        guard word == "def" || word == "class" else { return lambda(start, end) }
        let name = nextWord(&index, end)
        guard !name.isEmpty else { return }
        let qualifiedName = (open.suffix(8).map(\.name) + [name]).joined(separator: ".")
        open.append(
            Block(
                name: name, qualifiedName: qualifiedName, indentation: indentation, isFunction: word == "def",
                start: start, slot: functions.count))
        if word == "def" { functions.append(function(name, qualifiedName, start..<end)) }
    }

    /// `name = lambda ...`
    private mutating func lambda(_ start: Int, _ end: Int) {
        var index = start
        let name = nextWord(&index, end)
        while index < end, bytes[index].isBlank { index += 1 }
        guard !name.isEmpty, byte(index) == "=", byte(index + 1) != "=" else { return }
        index += 1
        guard nextWord(&index, end) == "lambda" else { return }
        let qualifiedName = (open.suffix(8).map(\.name) + [name]).joined(separator: ".")
        functions.append(function(name, qualifiedName, start..<end))
    }

    private func function(_ name: String, _ qualifiedName: String, _ range: Range<Int>) -> SourceFunction {
        SourceFunction(name: name, qualifiedName: qualifiedName, lines: places.lines(of: range), bytes: range)
    }

    private func nextWord(_ index: inout Int, _ end: Int) -> String {
        while index < end, bytes[index].isBlank { index += 1 }
        let start = index
        while index < end, isWord(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func isWord(_ byte: UInt8) -> Bool { byte.isAlphanumeric || byte == "_" || byte >= 0x80 }

    /// Ends the definitions that a line with this indentation does not belong to.
    private mutating func close(downTo indentation: Int) {
        while let last = open.last, last.indentation >= indentation {
            open.removeLast()
            guard last.isFunction else { continue }
            // Comments at the end belong to it as far as they are indented deeper.
            let end = comments.prefix { $0.indentation > last.indentation }.last?.end ?? lastEnd
            functions[last.slot] = function(
                last.name, last.qualifiedName, last.start..<max(end, last.start + 1))
        }
    }

    // MARK: - Logical lines

    /// The end of the statements that begin here: of the line, unless brackets or a text go on, or a backslash joins the next.
    private func logicalEnd(_ start: Int) -> Int {
        var index = start
        var brackets = 0
        var end = start
        while index < bytes.count {
            switch bytes[index] {
            case "\n":
                if brackets == 0 || definesAnew(behind: index) { return end }
                index += 1
            case "#":
                while index < bytes.count, bytes[index] != "\n" { index += 1 }
            case "\\":
                index += byte(index + 1) == "\r" && byte(index + 2) == "\n" ? 3 : 2
            case "\"", "'":
                index = stringEnd(index)
                end = index
            case "(", "[", "{":
                brackets += 1
                index += 1
                end = index
            case ")", "]", "}":
                brackets = max(0, brackets - 1)
                index += 1
                end = index
            case " ", "\t", "\r": index += 1
            default:
                index += 1
                end = index
            }
        }
        return min(end, bytes.count)
    }

    /// Whether the next line begins with `def name(` or `class name`, which cannot stand in brackets: one has been left open.
    private func definesAnew(behind newline: Int) -> Bool {
        var index = newline + 1
        while index < bytes.count, bytes[index].isBlank { index += 1 }
        let rest = bytes[index...].prefix(10)
        return rest.starts(with: "def ".utf8) || rest.starts(with: "class ".utf8)
            || rest.starts(with: "async def ".utf8)
    }

    private func stringEnd(_ start: Int) -> Int {
        let quote = bytes[start]
        let isTriple = byte(start + 1) == quote && byte(start + 2) == quote
        var index = start + (isTriple ? 3 : 1)
        while index < bytes.count {
            switch bytes[index] {
            case "\\": index += 1
            case "\n" where !isTriple: return index
            case quote:
                if !isTriple { return index + 1 }
                if byte(index + 1) == quote, byte(index + 2) == quote { return index + 3 }
            default: break
            }
            index += 1
        }
        return bytes.count
    }
}
