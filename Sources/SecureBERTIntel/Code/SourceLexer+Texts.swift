/// Texts in quotes.
extension SourceLexer {
    mutating func quoted() {
        let quote = bytes[position]
        switch language {
        case .javascript where quote == "`", .typescript where quote == "`":
            position += 1
            modes.append(.template)
        case .go where quote == "`": add(.literal, to: closed(by: "`", from: position + 1))
        case .java where continues(with: "\"\"\""): add(.literal, to: closed(by: "\"\"\"", from: position + 3))
        case .php where quote != "'": add(.literal, to: interpolatedEnd(quote))
        default: add(.literal, to: stringEnd(position, canSpanLines: language == .php))
        }
    }

    /// The end of a string whose opening quote is at an index.
    func stringEnd(_ start: Int, canSpanLines: Bool) -> Int {
        let quote = bytes[start]
        var index = start + 1
        while index < bytes.count {
            switch bytes[index] {
            case quote: return index + 1
            case "\\": index += 1
            case "\n" where !canSpanLines: return index
            default: break
            }
            index += 1
        }
        return bytes.count
    }

    /// The end of the next occurrence of a mark that is not behind a backslash, or of the file.
    func closed(by mark: StaticString, from start: Int) -> Int {
        let mark = mark.withUTF8Buffer { Array($0) }
        let escapes = mark.count == 3
        var index = start
        while index + mark.count <= bytes.count {
            if escapes, bytes[index] == "\\" {
                index += 2
                continue
            }
            if bytes[index] == mark[0], bytes[index..<index + mark.count].elementsEqual(mark) {
                return index + mark.count
            }
            index += 1
        }
        return bytes.count
    }

    /// `R"delimiter( ... )delimiter"` of C++.
    mutating func rawString(quote: Int) {
        var open = quote + 1
        while open < bytes.count, open - quote <= 16, bytes[open] != "(", bytes[open] != "\"", bytes[open] != "\n" {
            open += 1
        }
        guard open < bytes.count, bytes[open] == "(" else {
            return add(.literal, to: stringEnd(quote, canSpanLines: false))
        }
        let mark = [UInt8(ascii: ")")] + bytes[quote + 1..<open] + [UInt8(ascii: "\"")]
        var index = open + 1
        while index + mark.count <= bytes.count {
            if bytes[index] == ")", bytes[index..<index + mark.count].elementsEqual(mark) {
                return add(.literal, to: index + mark.count)
            }
            index += 1
        }
        add(.literal, to: bytes.count)
    }
}
