import SecureBERTCheckpoint

/// A source file as it is read for scanning.
public struct SourceFile: Sendable {
    /// How the file is encoded.
    public enum Encoding: String, Sendable {
        case utf8 = "UTF-8"
        case utf16 = "UTF-16"
        /// Bytes that are no UTF-8 are read as ISO 8859-1 (Latin-1), as many old sources are.
        case latin1 = "Latin-1"
    }

    /// A file that cannot be scanned, in one sentence.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public enum Code: String, Sendable {
            /// It cannot be opened or read.
            case unreadable
            case binary
            case tooLong = "too-long"
            /// It has a line so long that it was hardly written by a person: minified or generated.
            case longLine = "long-line"
        }

        /// What kind of problem it is.
        public let code: Code
        /// What is wrong, without the name of the file.
        public let description: String
    }

    /// The content in UTF-8, without a byte order mark.
    public let bytes: [UInt8]
    /// Its language.
    public let language: SourceLanguage
    /// How it is stored.
    public let encoding: Encoding

    /// The longest file that is read, in bytes.
    public static let longestFile = 16 << 20
    /// The longest line that is taken for written by a person, in bytes.
    public static let longestLine = 20_000

    /// Reads a file.
    /// - Parameters:
    ///   - path: The file.
    ///   - language: Its language, when the name does not tell; nil for what the name tells.
    /// - Throws: ``Problem`` when it cannot be read or is no source code.
    public init(path: String, language: SourceLanguage) throws(Problem) {
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.read(path, limit: Self.longestFile)
        } catch {
            guard error.code != .limitExceeded else {
                throw Problem(code: .tooLong, description: "is longer than \(Self.longestFile >> 20) MiB; skipped")
            }
            throw Problem(code: .unreadable, description: error.problem)
        }
        try self.init(bytes, language)
    }

    /// - Parameters:
    ///   - bytes: The content of a file.
    ///   - language: Its language.
    public init(_ bytes: [UInt8], _ language: SourceLanguage) throws(Problem) {
        self.language = language
        (self.bytes, encoding) = Self.decoded(bytes)
        if encoding != .utf16, bytes.contains(0) {
            throw Problem(code: .binary, description: "is binary, expected source code; skipped")
        }
        if let line = Self.firstLongLine(self.bytes) {
            throw Problem(
                code: .longLine,
                description:
                    "line \(line) is longer than \(Self.longestLine) bytes, probably minified or generated; skipped")
        }
    }

    private static func decoded(_ bytes: [UInt8]) -> ([UInt8], Encoding) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let isLittle = bytes[0] == 0xFF
            let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
                return isLittle ? first | second << 8 : first << 8 | second
            }
            return (Array(String(decoding: units, as: UTF16.self).utf8), .utf16)
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if content.allSatisfy({ $0 < 0x80 }) || String(validating: content, as: UTF8.self) != nil {
            return (content, .utf8)
        }
        var converted: [UInt8] = []
        converted.reserveCapacity(content.count + content.count / 8)
        for byte in content {
            if byte < 0x80 {
                converted.append(byte)
            } else {
                converted += [0xC0 | byte >> 6, 0x80 | byte & 0x3F]
            }
        }
        return (converted, .latin1)
    }

    private static func firstLongLine(_ bytes: [UInt8]) -> Int? {
        var (line, start) = (1, 0)
        for (index, byte) in bytes.enumerated() where byte == "\n" {
            if index - start > longestLine { return line }
            (line, start) = (line + 1, index + 1)
        }
        return bytes.count - start > longestLine ? line : nil
    }
}
