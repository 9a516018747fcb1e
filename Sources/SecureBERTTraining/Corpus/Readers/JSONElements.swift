import SecureBERTJSON

/// The elements of an array in a JSON object, one at a time: feeds of hundreds of megabytes are never a tree in memory.
enum JSONElements {
    /// Calls `body` with the bytes of each element of the array that the member `key` of the top object holds.
    /// - Returns: False when there is no such array.
    static func forEach(of key: String, in text: ByteView, _ body: (Range<Int>) throws -> Void) rethrows -> Bool {
        guard var position = arrayStart(key, text) else { return false }
        while position < text.count {
            position = skipSpace(text, position)
            guard position < text.count, text[position] != 0x5D else { return true }
            let end = valueEnd(text, position)
            guard end > position else { return true }
            try body(position..<end)
            position = skipSpace(text, end)
            if position < text.count, text[position] == 0x2C { position += 1 }
        }
        return true
    }

    /// Behind the `[` of the member.
    private static func arrayStart(_ key: String, _ text: ByteView) -> Int? {
        var position = skipSpace(text, 0)
        guard position < text.count, text[position] == 0x7B else { return nil }
        position += 1
        while position < text.count {
            position = skipSpace(text, position)
            guard position < text.count, text[position] == 0x22 else { return nil }
            let end = stringEnd(text, position)
            let isWanted = text[(position + 1)..<max(position + 1, end - 1)].elementsEqual(key.utf8)
            position = skipSpace(text, end)
            guard position < text.count, text[position] == 0x3A else { return nil }
            position = skipSpace(text, position + 1)
            guard position < text.count else { return nil }
            if isWanted { return text[position] == 0x5B ? position + 1 : nil }
            let next = skipSpace(text, valueEnd(text, position))
            guard next > position, next < text.count, text[next] == 0x2C else { return nil }
            position = next + 1
        }
        return nil
    }

    /// Behind the value at a position, as far as brackets and quotes tell.
    private static func valueEnd(_ text: ByteView, _ start: Int) -> Int {
        var depth = 0
        var position = start
        while position < text.count {
            switch text[position] {
            case 0x22:
                position = stringEnd(text, position)
                if depth == 0 { return position }
                continue
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D:
                depth -= 1
                if depth == 0 { return position + 1 }
                // The end of what surrounds a number or a literal.
                if depth < 0 { return position }
            case 0x2C where depth == 0: return position
            default: break
            }
            position += 1
        }
        return position
    }

    private static func stringEnd(_ text: ByteView, _ start: Int) -> Int {
        var position = start + 1
        while position < text.count {
            if text[position] == 0x5C { position += 2; continue }
            if text[position] == 0x22 { return position + 1 }
            position += 1
        }
        return text.count
    }

    private static func skipSpace(_ text: ByteView, _ start: Int) -> Int {
        var position = start
        while position < text.count, text[position].isSpace { position += 1 }
        return position
    }
}

extension SourceFile {
    /// Parses the file as one JSON document.
    func json() throws -> JSON {
        do { return try JSON.parse(TextEncoding.utf8(of: bytes)) } catch {
            throw self.error("is not valid JSON: \(error.description)")
        }
    }

    /// Parses the elements of an array in the top object one by one; without such an array, the whole file is one element
    /// or an array of them.
    func forEachElement(of key: String, _ body: (JSON) throws -> Void) throws {
        let found = try bytes.view { text in
            try JSONElements.forEach(of: key, in: text) { range in
                do { try body(try JSON.parse(UnsafeBufferPointer(rebasing: text[range]))) } catch let error as JSONError
                {
                    throw self.error(
                        "element at byte \(range.lowerBound) of \"\(key)\" is not valid JSON: \(error.description)")
                }
            }
        }
        guard !found else { return }
        let json = try json()
        for element in json.arrayValue ?? [json] { try body(element) }
    }
}
