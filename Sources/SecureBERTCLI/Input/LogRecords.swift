import SecureBERTIntel
import SecureBERTJSON

/// A log line, and the message in it.
struct LogRecord {
    enum Content {
        /// The bytes of the message, with a header if it has one.
        case message(ArraySlice<UInt8>)
        /// An empty line, or an object without the fields.
        case nothing
        /// Not what was expected; why.
        case odd(String)
    }

    /// The line as it came, without its line feed.
    let line: [UInt8]
    /// Counted from 1 in its file.
    let number: Int
    /// What messages call the file.
    let file: String
    let content: Content
    /// When it was written, in seconds, if that was asked for and the line tells.
    let time: Double?
    /// The JSON object it is; nil for a line of text.
    let object: EnrichedRecord?
}

/// The lines of log files, one file after the other. A file that cannot be read is named, and the next one is read.
struct LogRecords {
    private var paths: ArraySlice<String>
    private let isOnly: Bool
    private let format: InputFormat?
    private let fields: [String]
    private let timeFields: [String]?
    private let key: String
    private var current: LineReader?
    private var currentFormat: InputFormat?
    /// Files that could not be read, or not to their end.
    private(set) var failures = 0

    /// - Parameters:
    ///   - fields: Where the messages of JSON objects are.
    ///   - timeFields: Where their times are; nil when times are not needed.
    ///   - key: One that JSON objects must not have yet.
    init(_ paths: [String], format: InputFormat?, fields: [String], timeFields: [String]?, key: String) {
        (self.paths, isOnly) = (paths[...], paths.count == 1)
        (self.format, self.fields, self.timeFields, self.key) = (format, fields, timeFields, key)
    }

    /// Whether ``next()`` can answer without waiting for whoever writes the input.
    var isReady: Bool { current?.isReady ?? true }

    /// The next line; nil after the last.
    /// - Throws: ``CommandLineError`` when the only file cannot be read.
    mutating func next() throws(CommandLineError) -> LogRecord? {
        while true {
            do throws(CommandLineError) {
                if current == nil {
                    guard let path = paths.popFirst() else { return nil }
                    (current, currentFormat) = (LineReader(try InputFile(path)), format)
                }
                if let line = try current?.nextBytes() { return record(line) }
                current = nil
            } catch {
                current = nil
                guard !isOnly else { throw error }
                failures += 1
                Terminal.printError(error.message, hint: error.hint)
            }
        }
    }

    private mutating func record(_ line: (bytes: [UInt8], number: Int)) -> LogRecord {
        let name = current?.file.name ?? ""
        let isBlank = line.bytes.allSatisfy { $0 <= 0x20 }
        if currentFormat == nil, !isBlank {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let start = line.bytes.dropFirst(line.bytes.starts(with: mark) ? mark.count : 0)
            currentFormat = start.first == UInt8(ascii: "{") ? .jsonl : .text
        }
        guard currentFormat == .jsonl else {
            return LogRecord(
                line: line.bytes, number: line.number, file: name,
                content: isBlank ? .nothing : .message(line.bytes[...]), time: seconds(in: line.bytes[...]), object: nil
            )
        }
        let object = EnrichedRecord(line, fields: fields, timeFields: timeFields ?? [], key: key)
        let content: LogRecord.Content =
            switch object.content {
            case .text(let text): .message(Array(text.utf8)[...])
            case .nothing: .nothing
            case .odd(let problem): .odd(problem)
            }
        // The message may begin with a time when the object has none.
        let time = object.time ?? object.text.flatMap { seconds(in: Array($0.utf8.prefix(100))[...]) }
        return LogRecord(
            line: line.bytes, number: line.number, file: name, content: content, time: time, object: object)
    }

    private func seconds(in line: ArraySlice<UInt8>) -> Double? {
        timeFields == nil ? nil : LogTime.seconds(of: line)
    }
}
