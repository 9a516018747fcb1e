/// What stands before the message of a log line: time, host, program. Templates are of messages, and a time tells nothing about them.
public enum LogHeader: Sendable, Hashable {
    /// Times as syslog, ISO 8601, httpd and Unix seconds write them, at the start of a line; of syslog (RFC 3164 and RFC 5424) also priority,
    /// host, program and its process, which as words of the message would make messages alike that are not.
    case automatic
    /// As many words set apart by blanks.
    case fields(Int)

    /// The line without its header, and without blanks at both ends.
    public func content(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = Self.trimmed(line)
        switch self {
        case .fields(let count):
            for _ in 0..<min(count, rest.count) { rest = Self.behindWord(rest) }
        case .automatic:
            let isNewSyslog: Bool
            (rest, isNewSyslog) = Self.behindPriority(rest)
            if isNewSyslog { return Self.behindFields(rest) }
            guard let (time, form) = Self.behindTime(rest) else { return rest }
            rest = form == .plain ? time : Self.behindProgram(time, needsProcess: form == .iso)
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

    /// Behind `<34>`; whether the version of RFC 5424 followed it.
    private static func behindPriority(_ line: ArraySlice<UInt8>) -> (rest: ArraySlice<UInt8>, isNewSyslog: Bool) {
        guard line.first == UInt8(ascii: "<") else { return (line, false) }
        let digits = line.dropFirst().prefix { $0.isDigit }
        let rest = line.dropFirst(1 + digits.count)
        guard (1...3).contains(digits.count), rest.first == UInt8(ascii: ">") else { return (line, false) }
        let isNew = rest.dropFirst().starts(with: [UInt8(ascii: "1"), 0x20])
        return (rest.dropFirst(isNew ? 3 : 1), isNew)
    }

    /// Behind time, host, program, process, message id and structured data of RFC 5424.
    private static func behindFields(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = line
        for _ in 0..<5 { rest = behindWord(rest) }
        guard rest.first == UInt8(ascii: "[") else {
            return word(rest).elementsEqual([UInt8(ascii: "-")]) ? behindWord(rest) : rest
        }
        while rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            rest = rest[(end + 1)...]
        }
        return rest.drop { $0.isBlank }
    }

    /// How the time is written, which tells what may follow it.
    private enum TimeForm {
        /// Jan 31 12:34:56: host and program follow.
        case month
        /// 2026-01-31T12:34:56Z: host and program may follow.
        case iso
        case plain
    }

    /// The line behind its time; nil when it starts with no time.
    private static func behindTime(_ line: ArraySlice<UInt8>) -> (rest: ArraySlice<UInt8>, form: TimeForm)? {
        let first = word(line)
        if first.first == UInt8(ascii: "[") {
            let inside = line.dropFirst().prefix(40).prefix { $0 != "]" }
            guard isClock(inside), line[inside.endIndex...].first == UInt8(ascii: "]") else { return nil }
            return (line[inside.endIndex...].dropFirst().drop { $0.isBlank }, .plain)
        }
        if months.contains(where: { first.elementsEqual($0) }) {
            let day = behindWord(line)
            guard (1...2).contains(word(day).count), word(day).allSatisfy(\.isDigit) else { return nil }
            let clock = behindWord(day)
            return isClock(word(clock)) ? (behindWord(clock), .month) : nil
        }
        // 2026-11-22T19:00:00.123Z, 2026-11-22 19:00:00,123, 2026/11/22 19:00:00
        if first.count >= 10, first.prefix(4).allSatisfy(\.isDigit), let mark = first.dropFirst(4).first,
            mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/")
        {
            if isClock(first) { return (behindWord(line), .iso) }
            let clock = behindWord(line)
            guard first.count == 10, isClock(word(clock)) else { return nil }
            return (behindWord(clock), .plain)
        }
        let seconds = first.prefix { $0.isDigit }
        guard (10...13).contains(seconds.count), first.dropFirst(seconds.count).allSatisfy({ $0.isDigit || $0 == "." })
        else {
            return nil
        }
        return (behindWord(line), .plain)
    }

    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map {
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

    /// Without host and program, if a word and a program's name with a colon follow; after some times the process must be there, too.
    private static func behindProgram(_ line: ArraySlice<UInt8>, needsProcess: Bool) -> ArraySlice<UInt8> {
        let rest = behindWord(line)
        let program = word(rest)
        guard word(line).last != UInt8(ascii: ":"), program.last == UInt8(ascii: ":"),
            !needsProcess || program.contains(UInt8(ascii: "["))
        else { return line }
        return behindWord(rest)
    }
}
