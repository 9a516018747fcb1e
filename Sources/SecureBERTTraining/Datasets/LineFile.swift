/// A text file that is read line by line, uncompressed when its name ends in `.zst` or `.gz`; `-` is the standard input.
package struct LineFile {
    private let path: String
    /// The path for messages.
    package let name: String

    package init(_ path: String) {
        self.path = path
        name = path == "-" ? StandardInput.name : path
    }

    /// Calls the body with every line, empty ones too, without its line end (LF or CR LF), and with its number from 1. A byte
    /// order mark in front of the first is left out.
    /// - Throws: ``CorpusError`` when the file cannot be read or a line is not UTF-8; what the body throws.
    func forEach(_ body: (Substring, Int) throws -> Void) throws {
        try forEachBytes { bytes, number in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CorpusError(
                    .malformed, file: name, line: number, "is not valid UTF-8; convert the file, with iconv for example"
                )
            }
            try body(text[...], number)
        }
    }

    /// As ``forEach(_:)``, before the bytes are looked at.
    package func forEachBytes(_ body: (ArraySlice<UInt8>, Int) throws -> Void) throws {
        let source: any ByteSource = path == "-" ? StandardInput() : try OpenedFile(path: path)
        var reader = LineChunkReader(source, file: name)
        while let chunk = try reader.next() {
            var (start, number) = (0, chunk.firstLine)
            while start < chunk.bytes.count {
                let end = chunk.bytes[start...].firstIndex(of: 0x0A) ?? chunk.bytes.count
                var line = chunk.bytes[start..<end]
                if line.last == 0x0D { line.removeLast() }
                if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
                try body(line, number)
                start = end + 1
                number += 1
            }
        }
    }

    /// Calls the body with the object of every line that is not blank.
    /// - Throws: ``CorpusError`` when the file cannot be read or a line is no JSON object; what the body throws.
    func forEachObject(_ body: (JSONRecord) throws -> Void) throws {
        try forEachBytes { bytes, number in
            guard bytes.contains(where: { $0 > 0x20 }) else { return }
            try body(JSONRecord(bytes, file: name, line: number))
        }
    }

    /// A problem of the file as a whole.
    func error(_ code: CorpusError.Code, _ problem: String) -> CorpusError { CorpusError(code, file: name, problem) }

    /// A problem of a line.
    func error(line: Int, _ problem: String) -> CorpusError {
        CorpusError(.malformed, file: name, line: line, problem)
    }
}
