/// A moment from 1970 to 9999 in UTC, to the second: what output formats stamp their objects with.
public struct UTCTime: Sendable, Hashable {
    public let secondsSince1970: Int

    /// Moments outside of those years become the first or the last.
    public init(secondsSince1970: Int) {
        self.secondsSince1970 = min(max(secondsSince1970, 0), 253_402_300_799)
    }

    /// Reads "2026-05-31" or "2026-05-31T12:30:00Z" (RFC 3339, UTC only); nil when it is neither.
    public init?(_ text: String) {
        let fields = text.split(omittingEmptySubsequences: false) { "-T:Z".contains($0) }.map { Int($0) }
        let numbers = fields.compactMap { $0 }
        guard text.utf8.count <= 20, numbers.count >= 3, let time = Self(numbers) else { return nil }
        self = time
        guard text == date || text == rfc3339(milliseconds: false) else { return nil }
    }

    private init?(_ numbers: [Int]) {
        let rest = numbers.dropFirst(3) + [0, 0, 0]
        guard (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]), (1...31).contains(numbers[2]),
            rest.allSatisfy({ (0..<60).contains($0) })
        else { return nil }
        let days = Self.daysSince1970(numbers[0], numbers[1], numbers[2])
        self.init(secondsSince1970: days * 86_400 + rest.prefix(3).reduce(0) { $0 * 60 + $1 })
    }

    /// Days to a date; negative before 1970. Months are 1 to 12.
    static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Years that begin in March have their leap day at the end.
        let year = month > 2 ? year : year - 1
        let leapDays = year / 4 - year / 100 + year / 400
        return year * 365 + leapDays + ((month + 9) % 12 * 153 + 2) / 5 + day - 1 - daysBefore1970
    }

    /// Days from the first of March of the year 0.
    private static let daysBefore1970 = 719_468

    /// "2026-05-31".
    public var date: String {
        let days = secondsSince1970 / 86_400 + Self.daysBefore1970
        let (cycle, day) = days.quotientAndRemainder(dividingBy: 146_097)
        let yearOfCycle = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100)
        let month = (dayOfYear * 5 + 2) / 153
        let year = cycle * 400 + yearOfCycle + (month >= 10 ? 1 : 0)
        let dayOfMonth = dayOfYear - (month * 153 + 2) / 5 + 1
        return "\(year)-\(Self.padded(month < 10 ? month + 3 : month - 9))-\(Self.padded(dayOfMonth))"
    }

    /// "2026-05-31T12:30:00.000Z", or without the fraction.
    public func rfc3339(milliseconds: Bool) -> String {
        let second = secondsSince1970 % 86_400
        let time = [second / 3600, second / 60 % 60, second % 60].map(Self.padded).joined(separator: ":")
        return "\(date)T\(time)\(milliseconds ? ".000" : "")Z"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
