/// What stands before the message of a log line: time, host, priority. Templates are of messages, and a time tells nothing about them.
public enum LogHeader: Sendable, Hashable {
    /// Times as syslog (RFC 3164, RFC 5424), ISO 8601, httpd and Unix seconds write them, at the start of a line, and the host that
    /// follows the time of syslog. The name of the program stays: it is part of what is said.
    case automatic
    /// As many words set apart by blanks.
    case fields(Int)

    /// The line without its header, and without blanks at both ends.
    public func content(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = Self.trimmed(line)
        switch self {
        case .fields(let count):
            for _ in 0..<count { rest = Self.behindWord(rest) }
        case .automatic:
            rest = Self.behindPriority(rest)
            guard let (time, isSyslog) = Self.behindTime(rest) else { return rest }
            rest = isSyslog ? Self.behindHost(time) : time
        }
        return rest
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while line.first?.isSpaceOrControl == true { line.removeFirst() }
        while line.last?.isSpaceOrControl == true { line.removeLast() }
        return line
    }

    private static func word(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.prefix { !$0.isBlank } }

    private static func behindWord(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.drop { !$0.isBlank }.drop { $0.isBlank }
    }

    /// `<34>` and the version of RFC 5424.
    private static func behindPriority(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.first == UInt8(ascii: "<") else { return line }
        let digits = line.dropFirst().prefix { $0.isDigit }
        var rest = line.dropFirst(1 + digits.count)
        guard (1...3).contains(digits.count), rest.first == UInt8(ascii: ">") else { return line }
        rest.removeFirst()
        return rest.starts(with: [UInt8(ascii: "1"), 0x20]) ? rest.dropFirst(2) : rest
    }

    /// The line behind its time, and whether syslog writes it so; nil when it starts with no time.
    private static func behindTime(_ line: ArraySlice<UInt8>) -> (rest: ArraySlice<UInt8>, isSyslog: Bool)? {
        let first = word(line)
        if first.first == UInt8(ascii: "[") {
            let inside = line.dropFirst().prefix(40).prefix { $0 != "]" }
            guard isClock(inside), line[inside.endIndex...].first == UInt8(ascii: "]") else { return nil }
            return (line[inside.endIndex...].dropFirst().drop { $0.isBlank }, false)
        }
        if months.contains(where: { first.elementsEqual($0) }) {
            let day = behindWord(line)
            guard (1...2).contains(word(day).count), word(day).allSatisfy(\.isDigit) else { return nil }
            let clock = behindWord(day)
            return isClock(word(clock)) ? (behindWord(clock), true) : nil
        }
        // 2026-11-22T19:00:00.123Z, 2026-11-22 19:00:00,123, 2026/11/22 19:00:00
        if first.count >= 10, first.prefix(4).allSatisfy(\.isDigit), let mark = first.dropFirst(4).first,
            mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/")
        {
            if isClock(first) { return (behindWord(line), true) }
            let clock = behindWord(line)
            guard first.count == 10, isClock(word(clock)) else { return nil }
            return (behindWord(clock), false)
        }
        let seconds = first.prefix { $0.isDigit }
        guard (10...13).contains(seconds.count), first.dropFirst(seconds.count).allSatisfy({ $0.isDigit || $0 == "." })
        else {
            return nil
        }
        return (behindWord(line), false)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map
    {
        Array($0.utf8)
    }

    /// Whether hours, minutes and seconds occur.
    private static func isClock(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(bytes)
        guard bytes.count >= 8 else { return false }
        return (0...(bytes.count - 8)).contains { start in
            bytes[start..<start + 8].enumerated().allSatisfy { $0 == 2 || $0 == 5 ? $1 == ":" : $1.isDigit }
        }
    }

    /// Without the host, if the name of a program and a colon follow it.
    private static func behindHost(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rest = behindWord(line)
        let tag = word(rest)
        let isTag = tag.last == UInt8(ascii: ":") || tag.contains(UInt8(ascii: "["))
        guard word(line).last != UInt8(ascii: ":"), isTag else { return line }
        return rest
    }
}
