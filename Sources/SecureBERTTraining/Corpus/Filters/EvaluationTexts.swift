import SecureBERTCheckpoint
import SecureBERTJSON

/// Reads the texts of evaluation sets, to keep them out of a corpus.
package struct EvaluationTexts: Sendable {
    package enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line; all its texts, or those of the named fields.
        case jsonl
        /// Comma-separated values with a heading (RFC 4180); all columns, or the named ones.
        case csv
        /// Values separated by tabs with a heading; all columns, or the named ones.
        case tsv
        /// One token and its tag a line, an empty line between sentences.
        case conll
        /// One text a line.
        case text
    }

    let format: Format
    /// Fields or columns; empty for all.
    let fields: [String]

    package init(format: Format, fields: [String]) {
        self.format = format
        self.fields = fields
    }

    /// The format that a file's name tells.
    package static func format(of path: String) -> Format {
        let name = Compression.strippedName(path).lowercased()
        if name.hasSuffix(".jsonl") || name.hasSuffix(".json") { return .jsonl }
        if name.hasSuffix(".csv") { return .csv }
        if name.hasSuffix(".tsv") { return .tsv }
        if name.hasSuffix(".conll") || name.hasSuffix(".bio") || name.hasSuffix(".iob") { return .conll }
        return .text
    }

    /// Calls `body` with every text of a file.
    /// - Throws: ``CorpusError`` when the file cannot be read as that format.
    package func read(_ path: String, _ body: (String) -> Void) throws {
        let file = try OpenedFile(path: path)
        if format == .csv {
            let bytes = try file.readAll(file: path, limit: SourceFiles.longestFile)
            let rows = DelimitedText.rows(Characters.clean(TextEncoding.utf8(of: bytes)), separator: 0x2C)
            return try readColumns(rows, path, body)
        }
        var chunks = LineChunkReader(file, file: path)
        var sentence: [String] = []
        var rows: [[String]] = []
        while let chunk = try chunks.next() {
            try TextEncoding.utf8(of: chunk.bytes).view { text in
                var number = chunk.firstLine - 1
                var failure: (any Error)?
                text.forEachLine { line in
                    number += 1
                    let range = text.trimmed(line)
                    switch format {
                    case .jsonl:
                        guard failure == nil, !range.isEmpty else { return }
                        do { try readJSON(Array(text[range]), "\(path), line \(number)", body) } catch {
                            failure = error
                        }
                    case .conll:
                        if let token = text[range].split(whereSeparator: { $0.isBlank }).first {
                            sentence.append(String(decoding: token, as: UTF8.self))
                        } else {
                            body(sentence.joined(separator: " "))
                            sentence = []
                        }
                    case .tsv:
                        rows.append(
                            text.string(range).split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                        )
                    case .text, .csv: if !range.isEmpty { body(text.string(range)) }
                    }
                }
                if let failure { throw failure }
            }
        }
        if !sentence.isEmpty { body(sentence.joined(separator: " ")) }
        if format == .tsv { try readColumns(rows, path, body) }
    }

    private func readJSON(_ line: [UInt8], _ place: String, _ body: (String) -> Void) throws(CorpusError) {
        let json: JSON
        do { json = try JSON.parse(line) } catch {
            throw CorpusError(.malformed, file: place, "is not valid JSON: \(error.problem) at byte \(error.offset)")
        }
        guard fields.isEmpty else {
            for field in fields {
                if let value = json[field] { Self.forEachText(value, body) }
            }
            return
        }
        Self.forEachText(json, body)
    }

    private static func forEachText(_ value: JSON, _ body: (String) -> Void) {
        switch value {
        case .string(let text): body(text)
        case .array(let elements):
            // Lists of words are sentences.
            let words = elements.compactMap(\.stringValue)
            if words.count == elements.count, words.allSatisfy({ !$0.contains(" ") }), words.count > 1 {
                body(words.joined(separator: " "))
            } else {
                for element in elements { forEachText(element, body) }
            }
        case .object(let object): for member in object.members { forEachText(member.value, body) }
        default: break
        }
    }

    private func readColumns(_ rows: [[String]], _ path: String, _ body: (String) -> Void) throws(CorpusError) {
        guard let heading = rows.first else { return }
        var columns = Array(heading.indices)
        if !fields.isEmpty {
            columns = []
            for field in fields {
                guard let column = heading.firstIndex(of: field) else {
                    throw CorpusError(
                        .malformed, file: path,
                        "has no column \(field.quoted), only \(heading.map(\.quoted).joined(separator: ", "))")
                }
                columns.append(column)
            }
        }
        for row in rows.dropFirst() {
            for column in columns where column < row.count { body(row[column]) }
        }
    }
}

/// Comma-separated values (RFC 4180): quotes hold separators and line feeds, two quotes are one.
enum DelimitedText {
    static func rows(_ bytes: [UInt8], separator: UInt8) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var position = 0
        func endCell() {
            row.append(String(decoding: cell, as: UTF8.self))
            cell = []
        }
        while position < bytes.count {
            let byte = bytes[position]
            if isQuoted {
                if byte == 0x22 {
                    if position + 1 < bytes.count, bytes[position + 1] == 0x22 {
                        cell.append(byte)
                        position += 1
                    } else {
                        isQuoted = false
                    }
                } else {
                    cell.append(byte)
                }
            } else if byte == 0x22, cell.isEmpty {
                isQuoted = true
            } else if byte == separator {
                endCell()
            } else if byte == 0x0A {
                endCell()
                rows.append(row)
                row = []
            } else {
                cell.append(byte)
            }
            position += 1
        }
        if !cell.isEmpty || !row.isEmpty {
            endCell()
            rows.append(row)
        }
        return rows
    }
}
