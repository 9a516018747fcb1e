/// A form with files, as RFC 7578 has it. Read in one pass over the bytes.
package struct MultipartForm {
    package struct Part: Sendable {
        package let name: String
        package let fileName: String?
        package let content: ArraySlice<UInt8>
    }

    package let parts: [Part]

    /// Parts beyond this are a mistake.
    private static let maximumParts = 64
    private static let maximumHeaderBytes = 8192

    package func part(named name: String) -> Part? { parts.first { $0.name == name } }

    /// The boundary that a content type names; nil when it is none of a form.
    package static func boundary(contentType: String) -> String? {
        let fields = contentType.split(separator: ";").map(trimmed)
        guard fields.first?.lowercased() == "multipart/form-data" else { return nil }
        for field in fields.dropFirst() where field.lowercased().hasPrefix("boundary=") {
            let value = unquoted(field.dropFirst("boundary=".count))
            // RFC 2046 allows 70 characters.
            return (1...70).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    /// - Throws: ``APIError`` when the bytes are no such form.
    package init(_ body: [UInt8], boundary: String) throws(APIError) {
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [Part] = []
        guard var position = Self.findDelimiter(delimiter, in: body, from: 0) else {
            throw APIError(.malformed, "the form has no part: its boundary does not occur")
        }
        while true {
            position += delimiter.count
            if body[position...].starts(with: "--".utf8) { break }
            guard let lineEnd = Self.find([0x0D, 0x0A], in: body, from: position),
                let headerEnd = Self.headerEnd(body, from: lineEnd),
                let next = Self.findDelimiter([0x0D, 0x0A] + delimiter, in: body, from: headerEnd - 2)
            else { throw APIError(.malformed, "the form is cut off: a part has no end") }
            guard headerEnd - lineEnd <= Self.maximumHeaderBytes, parts.count < Self.maximumParts else {
                throw APIError(
                    .malformed,
                    "the form has more than \(Self.maximumParts) parts or a header beyond \(Self.maximumHeaderBytes) bytes"
                )
            }
            let header = String(decoding: body[lineEnd..<headerEnd], as: UTF8.self)
            let content = body[headerEnd..<max(headerEnd, next)]
            if let part = Self.part(header: header, content) { parts.append(part) }
            position = next + 2
        }
        self.parts = parts
    }

    /// Where the content of a part begins: behind an empty line.
    private static func headerEnd(_ body: [UInt8], from start: Int) -> Int? {
        find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: start).map { $0 + 4 }
    }

    private static func part(header: String, _ content: ArraySlice<UInt8>) -> Part? {
        for line in header.split(whereSeparator: \.isNewline) where line.lowercased().hasPrefix("content-disposition:")
        {
            var (name, fileName): (String?, String?)
            for field in line.split(separator: ";").dropFirst() {
                let field = trimmed(field)
                if field.hasPrefix("name=") { name = unquoted(field.dropFirst(5)) }
                if field.hasPrefix("filename=") { fileName = unquoted(field.dropFirst(9)) }
            }
            return name.map { Part(name: $0, fileName: fileName.map(lastComponent), content: content) }
        }
        return nil
    }

    /// A file's name is no path.
    private static func lastComponent(_ name: String) -> String {
        name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? "report.txt"
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func unquoted(_ text: Substring) -> String {
        text.count >= 2 && text.first == "\"" && text.last == "\"" ? String(text.dropFirst().dropLast()) : String(text)
    }

    /// The first place of a boundary: what begins like it and goes on is content (RFC 2046, 5.1.1).
    private static func findDelimiter(_ delimiter: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        var position = start
        while let hit = find(delimiter, in: body, from: position) {
            let rest = body[(hit + delimiter.count)...]
            if rest.isEmpty || rest.starts(with: "--".utf8) || [0x0D, 0x20, 0x09].contains(rest.first) { return hit }
            position = hit + 1
        }
        return nil
    }

    /// The first place of some bytes; looks at the first of them, so time is linear but for texts made of beginnings of the pattern.
    private static func find(_ pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, body.count >= pattern.count, start >= 0 else { return nil }
        let last = body.count - pattern.count
        var position = start
        while position <= last {
            guard let hit = body[position...last].firstIndex(of: first) else { return nil }
            if body[hit..<hit + pattern.count].elementsEqual(pattern) { return hit }
            position = hit + 1
        }
        return nil
    }
}
