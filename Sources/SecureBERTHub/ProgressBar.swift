import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Draws a download on one line of a terminal, with rate and remaining time; silent when standard error is none.
///
/// A library stays quiet: only the command line makes one of these and passes ``update(_:)`` to the download.
public final class ProgressBar: Sendable {
    private struct State {
        var rate = TransferRate()
        var lastDrawn: ContinuousClock.Instant?
        var isOnScreen = false
    }

    private let isEnabled: Bool
    private let state = Mutex(State())

    /// - Parameter isEnabled: draw at all; by default when standard error is a terminal that can redraw a line.
    public init(isEnabled: Bool = ProgressBar.standardErrorIsTerminal) {
        self.isEnabled = isEnabled
    }

    /// Whether standard error is a terminal that can redraw a line.
    public static var standardErrorIsTerminal: Bool {
        isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    /// Shows how far the download is; draws at most ten times a second.
    public func update(_ progress: PullProgress) {
        guard isEnabled else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            state.rate.add(bytes: progress.transferred, at: now)
            if let last = state.lastDrawn, now - last < .milliseconds(100), progress.received < progress.total {
                return
            }
            state.lastDrawn = now
            state.isOnScreen = true
            let line = Self.line(progress, bytesPerSecond: state.rate.bytesPerSecond, columns: Self.columns)
            Self.write("\r\(line)\u{1B}[K")
        }
    }

    /// Removes the line, so that what is printed next starts on a clean one.
    public func finish() {
        state.withLock { state in
            if state.isOnScreen { Self.write("\r\u{1B}[K") }
            state.isOnScreen = false
        }
    }

    /// The text of the line: files, name, bar, percent, sizes, rate, remaining time; never longer than the columns.
    package static func line(_ progress: PullProgress, bytesPerSecond: Double?, columns: Int) -> String {
        let done = progress.total > 0 ? min(1, Double(progress.received) / Double(progress.total)) : 1
        var right = "\(percent(done))  \(size(progress.received))/\(size(progress.total))"
        if let rate = bytesPerSecond, rate > 0 {
            right += "  \(size(Int(rate)))/s"
            let seconds = Double(progress.total - progress.received) / rate
            if progress.received < progress.total { right += "  \(time(seconds)) left" }
        }
        let left = "[\(progress.finishedFiles)/\(progress.fileCount)] "
        let name = padded(progress.file.split(separator: "/").last.map { $0.printable } ?? "", to: 24)
        let room = columns - 1 - left.count - name.count - right.count - 4
        let cells = min(room, 40)
        guard cells >= 5 else { return String((left + right).prefix(max(0, columns - 1))) }
        let filled = Int(done * Double(cells))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: cells - filled)
        return "\(left)\(name) [\(bar)] \(right)"
    }

    private static func percent(_ share: Double) -> String {
        padded("\(Int(share * 100))%", to: 4, atStart: true)
    }

    /// Bytes in decimal units with three digits: `999 B`, `1.50 MB`, `596 MB`.
    package static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        var unit = "B"
        for next in ["kB", "MB", "GB", "TB"] {
            guard value >= 999.5 else { break }
            value /= 1000
            unit = next
        }
        if unit == "B" || value >= 99.95 { return "\(Int(value.rounded())) \(unit)" }
        let digits = value >= 9.995 ? 10.0 : 100.0
        let scaled = Int((value * digits).rounded())
        let fraction = String(scaled % Int(digits))
        let zeros = String(repeating: "0", count: (digits == 10 ? 1 : 2) - fraction.count)
        return "\(scaled / Int(digits)).\(zeros)\(fraction) \(unit)"
    }

    /// A number of seconds as `m:ss` or `h:mm:ss`.
    package static func time(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "days" }
        let seconds = Int(max(0, seconds).rounded(.up))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds >= 3600 { return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))" }
        return "\(seconds / 60):\(two(seconds % 60))"
    }

    private static func padded(_ text: String, to width: Int, atStart: Bool = false) -> String {
        guard text.count <= width else { return text.prefix(width - 3) + "..." }
        let spaces = String(repeating: " ", count: width - text.count)
        return atStart ? spaces + text : text + spaces
    }

    private static var columns: Int {
        var window = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return 80 }
        return Int(window.ws_col)
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // A terminal that has gone away is no reason to stop a download.
        _ = bytes.withUnsafeBytes { buffer in
            #if canImport(Glibc)
                Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                Musl.write(STDERR_FILENO, buffer.baseAddress, buffer.count)
            #else
                Darwin.write(STDERR_FILENO, buffer.baseAddress, buffer.count)
            #endif
        }
    }
}

/// Bytes per second over the last few seconds.
package struct TransferRate: Sendable {
    private var samples: [(time: ContinuousClock.Instant, bytes: Int)] = []
    private static let window: Duration = .seconds(5)

    package init() {}

    /// Notes the number of bytes transferred since the start.
    package mutating func add(bytes: Int, at time: ContinuousClock.Instant) {
        if let last = samples.last, time - last.time < .milliseconds(100), samples.count > 1 {
            samples[samples.count - 1].bytes = bytes
        } else {
            samples.append((time, bytes))
        }
        while samples.count > 2, time - samples[1].time > Self.window { samples.removeFirst() }
    }

    /// Nil until there is half a second to measure.
    package var bytesPerSecond: Double? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        return seconds >= 0.5 ? Double(last.bytes - first.bytes) / seconds : nil
    }
}
