/// Shows on one line of a terminal how much of a long job is done; silent when standard error is no terminal.
struct ProgressLine {
    private let unit: Unit
    private let isEnabled: Bool
    private let start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?

    /// What is counted.
    private enum Unit {
        /// Things of this name.
        case things(String)
        /// Bytes; the line then says how many a second.
        case bytes
    }

    /// - Parameter label: What is counted: "paragraphs".
    init(_ label: String, isEnabled: Bool) { self.init(.things(label), isEnabled) }

    /// A line that counts bytes and shows their rate.
    static func bytes(isEnabled: Bool) -> ProgressLine { ProgressLine(.bytes, isEnabled) }

    private init(_ unit: Unit, _ isEnabled: Bool) {
        self.unit = unit
        self.isEnabled = isEnabled && Terminal.standardError.isTerminal
    }

    /// Draws at most ten times a second, and nothing in the first half second: a short job needs no progress.
    mutating func update(_ done: Int, of total: Int) {
        guard isEnabled else { return }
        let now = ContinuousClock.now
        guard now - start > .milliseconds(500), lastDrawn.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
        lastDrawn = now
        let share = total > 0 ? Double(done) / Double(total) : 0
        var line = text(done, total, seconds: (now - start) / .seconds(1))
        let cells = min(40, Terminal.standardError.columns - line.count - 24)
        if cells >= 5 {
            let filled = Int(share * Double(cells))
            line =
                "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: cells - filled) + "] "
                + line
        }
        if share > 0.02 {
            let left = (now - start) / .seconds(1) * (1 - share) / share
            line += "  \(Self.time(left)) left"
        }
        Terminal.drawErrorLine(line)
    }

    /// Draws how much has been done of a job whose end is not known.
    mutating func update(_ done: Int) {
        guard isEnabled else { return }
        let now = ContinuousClock.now
        guard now - start > .milliseconds(500), lastDrawn.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
        lastDrawn = now
        switch unit {
        case .things(let label): Terminal.drawErrorLine("\(done.grouped) \(label)")
        case .bytes: Terminal.drawErrorLine(done.byteSize)
        }
    }

    private func text(_ done: Int, _ total: Int, seconds: Double) -> String {
        switch unit {
        case .things(let label): "\(done.grouped)/\(total.grouped) \(label)"
        case .bytes:
            "\(done.byteSize)/\(total.byteSize)  \(Int(Double(done) / max(seconds, 0.001)).byteSize)/s"
        }
    }

    /// Removes the line.
    func finish() {
        if lastDrawn != nil { Terminal.clearErrorLine() }
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(min(seconds, 359_999).rounded(.up))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return seconds < 3600
            ? "\(seconds / 60):\(two(seconds % 60))"
            : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
