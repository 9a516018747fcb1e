/// How long a window of log lines is.
public enum LogWindowLength: Sendable, Hashable {
    case lines(Int)
    /// By the times of the lines.
    case seconds(Int)

    /// In lines or seconds, at least 1.
    var size: Double {
        switch self {
        case .lines(let count), .seconds(let count): Double(max(1, count))
        }
    }
}

/// The score of the last lines together: the largest of their scores.
public struct LogWindow: Sendable {
    /// How long a full window is.
    public let length: LogWindowLength
    private var places: LogPlaces
    /// Lines that no later one has reached, and so may still be the largest: their places and falling scores.
    private var candidates: [(place: Double, score: Double)] = []
    private var first = 0

    /// A window without lines.
    public init(_ length: LogWindowLength) { (self.length, places) = (length, LogPlaces(length)) }

    /// Takes the next line's score and lets go of what is a window back.
    /// - Parameters:
    ///   - score: Of the line.
    ///   - time: In seconds, for windows by time; nil for a line without.
    /// - Returns: The score of the window that ends with this line.
    public mutating func add(_ score: Double, at time: Double? = nil) -> Double {
        let place = places.next(time)
        // The clock was set back: what was before is of another time.
        if let last = candidates.last, place < last.place { (candidates, first) = ([], 0) }
        while candidates.count > first, let last = candidates.last, last.score <= score { candidates.removeLast() }
        candidates.append((place, score))
        while candidates[first].place <= place - length.size { first += 1 }
        if first > 256 {
            candidates.removeFirst(first)
            first = 0
        }
        return candidates[first].score
    }
}

/// Windows one behind the other, each with the largest score of its lines.
public struct LogWindowSeries: Sendable {
    /// A window that is complete.
    public struct Ended: Sendable, Hashable {
        /// The largest of its lines.
        public let score: Double
        /// Whether the line that was added last is in it, or begins the next.
        public let hasLast: Bool
    }

    private let length: LogWindowLength
    private var places: LogPlaces
    private var start = 0.0
    private var largest: Double?

    public init(_ length: LogWindowLength) { (self.length, places) = (length, LogPlaces(length)) }

    /// Takes the next line.
    /// - Parameters:
    ///   - score: Of the line.
    ///   - time: In seconds, for windows by time; nil for a line without.
    /// - Returns: The window that this line completes; nil when there is none.
    public mutating func add(_ score: Double, at time: Double? = nil) -> Ended? {
        let place = places.next(time)
        guard let largest else {
            (start, self.largest) = (place, score)
            return isFull(place) ? end() : nil
        }
        if case .lines = length {
            self.largest = max(largest, score)
            return isFull(place) ? end() : nil
        }
        guard place >= start + length.size || place < start else {
            self.largest = max(largest, score)
            return nil
        }
        (start, self.largest) = (place, score)
        return Ended(score: largest, hasLast: false)
    }

    /// Whether a window of lines ends with a line.
    private func isFull(_ place: Double) -> Bool {
        if case .lines = length { place - start + 1 >= length.size } else { false }
    }

    private mutating func end() -> Ended? {
        defer { largest = nil }
        return largest.map { Ended(score: $0, hasLast: true) }
    }

    /// The score of the lines behind the last complete window; nil when there are none.
    public var rest: Double? { largest }
}

/// Where lines stand: their numbers, or times that do not go back.
///
/// A line without time stands where the one before it does, and so does one whose time is earlier, as lines of several sources come. Only
/// when several in a row come from more than a window back has the clock been set back.
private struct LogPlaces: Sendable {
    private let length: LogWindowLength
    private var count = 0
    private var now: Double?
    private var late = 0

    /// Lines in a row that make a clock.
    private static let mostLate = 10

    init(_ length: LogWindowLength) { self.length = length }

    mutating func next(_ time: Double?) -> Double {
        if case .lines = length {
            count += 1
            return Double(count - 1)
        }
        guard let time else { return now ?? 0 }
        late = time < (now ?? time) - length.size ? late + 1 : 0
        if late >= Self.mostLate { (now, late) = (time, 0) }
        let place = max(now ?? time, time)
        now = place
        return place
    }
}
