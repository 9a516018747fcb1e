#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lines of a file, read as they come: memory holds one line, whatever the size of the file.
///
/// A line is what stands before `\n` or the end of the file, without that `\n` and without one `\r` before it, so files from
/// Windows and Unix give the same texts. A byte order mark at the start of a file is not part of its first line. Text must be
/// valid UTF-8; nothing is repaired silently.
struct LineReader {
    /// One line and where it stands.
    struct Line {
        let text: String
        /// Counted from 1.
        let number: Int
    }

    /// The longest line that is accepted, in bytes. Longer ones are refused rather than cut.
    static let longestLine = 64 << 20

    let file: InputFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// Bytes of `buffer` that hold input not yet returned; `scanned` of them are known to have no line end.
    private var pending = 0..<0
    private var scanned = 0
    private var lineNumber = 0
    private var isAtEnd = false

    init(_ file: InputFile) { self.file = file }

    /// Whether ``next()`` can answer without waiting for whoever writes the input.
    var isReady: Bool { isAtEnd || lineEnd() != nil || file.isReady }

    /// The next line; nil after the last.
    /// - Throws: ``CommandLineError`` when the file cannot be read, a line is too long or not UTF-8.
    mutating func next() throws(CommandLineError) -> Line? {
        guard var range = try nextRange() else { return nil }
        if let last = buffer[range].last, last == UInt8(ascii: "\r") { range = range.lowerBound..<range.upperBound - 1 }
        return Line(text: try text(in: range, isStart: lineNumber == 1), number: lineNumber)
    }

    /// The next line as its bytes, whatever they are, without the `\n`; nil after the last.
    /// - Throws: ``CommandLineError`` when the file cannot be read or a line is too long.
    mutating func nextBytes() throws(CommandLineError) -> (bytes: [UInt8], number: Int)? {
        try nextRange().map { (Array(buffer[$0]), lineNumber) }
    }

    /// Where the next line is in `buffer`, until the next read.
    private mutating func nextRange() throws(CommandLineError) -> Range<Int>? {
        while true {
            if let end = lineEnd() {
                let range = try take(upTo: end)
                pending = end + 1..<pending.upperBound
                return range
            }
            scanned = pending.count
            guard scanned <= Self.longestLine else { throw tooLong }
            if isAtEnd {
                guard !pending.isEmpty else { return nil }
                let range = try take(upTo: pending.upperBound)
                pending = pending.upperBound..<pending.upperBound
                return range
            }
            try fill()
        }
    }

    /// The whole file as one text, exactly as it is but for a byte order mark; nil when it was read before.
    /// - Throws: As ``next()``; a file may be as long as a line.
    mutating func wholeFile() throws(CommandLineError) -> String? {
        guard let range = try wholeRange() else { return nil }
        return try text(in: range, isStart: true)
    }

    /// The bytes of the whole file, whatever they are; nil when it was read before.
    /// - Throws: ``CommandLineError`` when it cannot be read or is longer than a line may be.
    mutating func wholeBytes() throws(CommandLineError) -> [UInt8]? { try wholeRange().map { Array(buffer[$0]) } }

    private mutating func wholeRange() throws(CommandLineError) -> Range<Int>? {
        guard !isAtEnd else { return nil }
        while !isAtEnd {
            guard pending.count <= Self.longestLine else {
                throw CommandLineError(
                    .badInput, "\(file.name): is longer than \(Self.longestLine >> 20) MiB, the most one text may have",
                    hint: "split it into several files")
            }
            try fill()
        }
        defer { pending = pending.upperBound..<pending.upperBound }
        return pending
    }

    private func lineEnd() -> Int? {
        let start = pending.lowerBound + scanned
        guard start < pending.upperBound else { return nil }
        return buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, pending.upperBound - start)
            else {
                return nil
            }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func take(upTo end: Int) throws(CommandLineError) -> Range<Int> {
        lineNumber += 1
        scanned = 0
        let range = pending.lowerBound..<end
        guard range.count <= Self.longestLine else { throw tooLong }
        return range
    }

    private func text(in range: Range<Int>, isStart: Bool) throws(CommandLineError) -> String {
        let hasMark = isStart && buffer[range].starts(with: [0xEF, 0xBB, 0xBF])
        let range = hasMark ? range.lowerBound + 3..<range.upperBound : range
        guard let text = buffer.withUnsafeBytes({ String(validating: $0[range], as: UTF8.self) }) else {
            let line = max(lineNumber, 1) + (lineNumber == 0 ? buffer[range].lineOfFirstInvalidByte - 1 : 0)
            throw CommandLineError(
                .badInput, "\(file.name), line \(line): is not valid UTF-8, \(buffer[range].firstInvalidByte)",
                hint: "iconv -f WINDOWS-1252 -t UTF-8")
        }
        return text
    }

    private mutating func fill() throws(CommandLineError) {
        if pending.lowerBound > 0 {
            buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                memmove(base, base + pending.lowerBound, pending.count)
            }
            pending = 0..<pending.count
        }
        if pending.upperBound == buffer.count {
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        let start = pending.upperBound
        let file = file
        let result: Result<Int, CommandLineError> = buffer.withUnsafeMutableBytes { bytes in
            do throws(CommandLineError) {
                return .success(try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...])))
            } catch {
                return .failure(error)
            }
        }
        let count = try result.get()
        if count == 0 { isAtEnd = true }
        pending = pending.lowerBound..<start + count
    }

    private var tooLong: CommandLineError {
        CommandLineError(
            .badInput,
            "\(file.name), line \(lineNumber + 1): is longer than \(Self.longestLine >> 20) MiB, the most one line may have",
            hint: "split it into several lines")
    }
}

extension ArraySlice<UInt8> {
    /// How many of the bytes are UTF-8 before the first that is not.
    private var validPrefix: Int {
        var decoder = UTF8()
        var iterator = makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
    }

    /// For messages: the first byte that is not UTF-8, and where.
    fileprivate var firstInvalidByte: String {
        let rest = dropFirst(validPrefix)
        guard let byte = rest.first else { return "no byte of it" }
        let length = byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 1
        if rest.count < length, rest.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }) {
            return "it ends within a character"
        }
        return "found the byte 0x\(String(byte, radix: 16, uppercase: true)) at offset \(validPrefix)"
    }

    /// The line, counted from 1, that the first invalid byte is in.
    fileprivate var lineOfFirstInvalidByte: Int {
        prefix(validPrefix).reduce(into: 1) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
    }
}
