/// The time at the start of a log line, as syslog, ISO 8601, httpd and Unix seconds write it.
public enum LogTime {
    /// Seconds since 1970; of a syslog line, which has no year, since the start of the year 2000. Times without zone are taken for UTC.
    /// - Returns: nil for a line without time.
    public static func seconds(of line: ArraySlice<UInt8>) -> Double? {
        var cursor = Cursor(rest: line.drop { $0.isSpaceOrControl }.prefix(80))
        if cursor.skip("<"), cursor.number(1...3) != nil, cursor.skip(">") {
            // The version of RFC 5424.
            if cursor.rest.starts(with: "1 ".utf8) { cursor.rest = cursor.rest.dropFirst(2) }
        }
        _ = cursor.skip("[")
        if let month = cursor.month() { return syslog(month, &cursor) }
        let start = cursor
        if let year = cursor.number(4...4), cursor.skip("-") || cursor.skip("/") { return iso(year, &cursor) }
        cursor = start
        if let day = cursor.number(2...2), cursor.skip("/"), let month = cursor.month(), cursor.skip("/"),
            let year = cursor.number(4...4), cursor.skip(":"), let clock = cursor.clock()
        {
            return days(year, month, day).map { $0 * 86_400 + clock - cursor.zone() }
        }
        cursor = start
        return unix(&cursor)
    }

    private static func syslog(_ month: Int, _ cursor: inout Cursor) -> Double? {
        cursor.skipBlanks()
        guard let day = cursor.number(1...2) else { return nil }
        cursor.skipBlanks()
        guard let clock = cursor.clock(), let days = days(2000, month, day), let start = self.days(2000, 1, 1) else {
            return nil
        }
        return (days - start) * 86_400 + clock
    }

    private static func iso(_ year: Int, _ cursor: inout Cursor) -> Double? {
        guard let month = cursor.number(2...2), cursor.skip("-") || cursor.skip("/"), let day = cursor.number(2...2),
            cursor.skip("T") || cursor.skip(" "), let clock = cursor.clock()
        else { return nil }
        return days(year, month, day).map { $0 * 86_400 + clock - cursor.zone() }
    }

    private static func unix(_ cursor: inout Cursor) -> Double? {
        let digits = cursor.rest.prefix { $0.isDigit }.count
        guard let number = cursor.number(10...13) else { return nil }
        let seconds = digits > 10 ? Double(number) / 1000 : Double(number) + cursor.fraction()
        guard digits == 10 || digits == 13, cursor.rest.first.map({ $0.isSpaceOrControl }) ?? true else { return nil }
        return seconds
    }

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Double? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        return Double(UTCTime.daysSince1970(year, month, day))
    }

    /// What is left of a line while its time is read.
    private struct Cursor {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard let byte = rest.first, byte == character else { return false }
            rest.removeFirst()
            return true
        }

        mutating func skipBlanks() { rest = rest.drop { $0.isBlank } }

        /// As many digits; nil, and nothing read, when there are more or fewer.
        mutating func number(_ length: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix(length.upperBound + 1).prefix { $0.isDigit }
            guard length.contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + $1.digitValue }
        }

        /// "Jan"; the number of the month.
        mutating func month() -> Int? {
            guard let index = LogHeader.months.firstIndex(where: { rest.starts(with: $0) }) else { return nil }
            rest = rest.dropFirst(3)
            return index + 1
        }

        /// "12:34:56", with a fraction or without, in seconds.
        mutating func clock() -> Double? {
            guard let hours = number(2...2), skip(":"), let minutes = number(2...2), skip(":"),
                let seconds = number(2...2), hours < 24, minutes < 60, seconds < 61
            else { return nil }
            return Double(hours * 3600 + minutes * 60 + seconds) + fraction()
        }

        /// ".123" or ",123".
        mutating func fraction() -> Double {
            let start = rest
            guard skip(".") || skip(",") else { return 0 }
            let digits = rest.prefix(9).prefix { $0.isDigit }
            guard !digits.isEmpty else {
                rest = start
                return 0
            }
            rest = rest.drop { $0.isDigit }
            return digits.reversed().reduce(0.0) { ($0 + Double($1.digitValue)) / 10 }
        }

        /// "+01:00", " +0100" or "Z", in seconds east.
        mutating func zone() -> Double {
            skipBlanks()
            let sign = skip("+") ? 1.0 : skip("-") ? -1.0 : 0
            guard sign != 0 else { return 0 }
            let compact = self
            if let both = number(4...4) { return sign * Double(both / 100 * 3600 + both % 100 * 60) }
            self = compact
            guard let hours = number(2...2) else { return 0 }
            let minutes = skip(":") ? number(2...2) ?? 0 : 0
            return sign * Double(hours * 3600 + minutes * 60)
        }
    }
}
