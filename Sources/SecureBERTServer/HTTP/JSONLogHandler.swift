import Logging
import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes one JSON object a line to the standard error: time, level, message, and the metadata as members; numbers as numbers.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]

    package init(level: Logger.Level = .info) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Waits until what was logged is written, or a second has passed: whoever reads the log may have stopped to.
    package static func flush() async { await LogWriter.shared.flush() }

    package func log(event: LogEvent) {
        var members: [JSON.Object.Member] = [
            ("time", .string(Self.time)), ("level", .string(event.level.rawValue)),
            ("message", .string("\(event.message)")),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { members.append((key, Self.json("\(value)"))) }
        var line: [UInt8] = []
        JSON.object(.init(members)).write(into: &line)
        line.append(UInt8(ascii: "\n"))
        LogWriter.shared.add(line)
    }

    private static func json(_ text: String) -> JSON {
        if let number = Int(text) { return .integer(number) }
        if let number = Double(text), number.isFinite, text.utf8.first.map({ $0 < 0x3A }) == true {
            return .number(number)
        }
        return .string(text)
    }

    /// RFC 3339 with milliseconds, UTC.
    private static var time: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var seconds = now.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))T"
            + "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))."
            + "\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }
}
