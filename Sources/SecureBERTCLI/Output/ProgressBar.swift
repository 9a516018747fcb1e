import Synchronization

/// Shows on one line of a terminal how far a long job is, with rate and remaining time; silent when standard error is no
/// terminal.
///
/// ```
/// org/name [##########------------------------------]  25%  143.1 MiB/572.2 MiB  11.8 MiB/s  0:37 left  [3/9] model.safetensors
/// ```
/// Libraries report how far they are through closures and stay quiet; subcommands draw. Reports may come from any thread.
package final class ProgressBar: Sendable {
    /// What is counted.
    package enum Unit: String, Sendable {
        /// Shown in binary units; all others as a number and the name.
        case bytes
        case documents
        case examples
        case functions
        case lines
        case masks
        case paragraphs
        case reports
        case sentences
        case shards
        case steps
        case tokens
    }

    /// How far a job is.
    package struct Progress: Sendable {
        /// What the job is called.
        package var title: String
        /// What is counted.
        package var unit: Unit
        /// Units that are done.
        package var completed = 0
        /// Units of the whole job; nil while nobody knows.
        package var total: Int?
        /// What the job is at: a file, a loss.
        package var note = ""
        /// Units a second; nil until there is something to measure.
        package var rate: Double?

        /// A job at its start.
        package init(title: String, unit: Unit, total: Int? = nil) {
            self.title = title
            self.unit = unit
            self.total = total
        }
    }

    private struct State {
        var progress: Progress
        var rate = ProgressRate()
        var lastDrawn: ContinuousClock.Instant?
    }

    private let isEnabled: Bool
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameters:
    ///   - title: what the job is called.
    ///   - total: units of the whole job, when they are known already.
    ///   - unit: what is counted.
    ///   - isEnabled: false to draw nothing (`--quiet`).
    package init(_ title: String, total: Int? = nil, unit: Unit, isEnabled: Bool) {
        self.isEnabled = isEnabled && Terminal.standardError.canRedraw
        state = Mutex(State(progress: Progress(title: title, unit: unit, total: total)))
    }

    /// Says how far the job is. Draws at most ten times a second, and nothing in the first half second: a short job needs no
    /// progress.
    /// - Parameters:
    ///   - completed: units that are done.
    ///   - total: units of the whole job, when that has become known or has changed.
    ///   - note: what the job is at, when that has changed.
    ///   - processed: units that this run has worked on, if others were done before it or had to be done again: what the
    ///     rate is computed from.
    package func update(completed: Int, total: Int? = nil, note: String? = nil, processed: Int? = nil) {
        guard isEnabled else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            state.progress.completed = completed
            if let total { state.progress.total = total }
            if let note { state.progress.note = note }
            state.rate.add(processed ?? completed, at: now)
            guard now - start > .milliseconds(500), state.lastDrawn.map({ now - $0 > .milliseconds(100) }) ?? true
            else { return }
            state.lastDrawn = now
            state.progress.rate = state.rate.perSecond
            Terminal.drawErrorLine(state.progress.line(columns: Terminal.standardError.currentColumns))
        }
    }

    /// Removes the line, so that what is printed next starts on a clean one.
    package func finish() {
        state.withLock { state in
            if state.lastDrawn != nil { Terminal.clearErrorLine() }
            state.lastDrawn = nil
        }
    }
}

extension ProgressBar.Progress {
    /// The line, one column shorter than the terminal so that it does not wrap; the bar goes first when there is no room.
    package func line(columns: Int) -> String {
        var parts: [String] = []
        if let total {
            let share = total > 0 ? min(1, Double(completed) / Double(total)) : 1
            let percent = "\(Int(share * 100))%"
            parts.append(String(repeating: " ", count: max(0, 4 - percent.count)) + percent)
            parts.append(
                unit == .bytes ? "\(amount(completed))/\(amount(total))" : "\(completed.grouped)/\(amount(total))")
            if let rate, rate > 0 {
                parts.append(self.rate(rate))
                if completed < total { parts.append("\(Self.time(Double(total - completed) / rate)) left") }
            }
        } else {
            parts.append(amount(completed))
            if let rate, rate > 0 { parts.append(self.rate(rate)) }
        }
        if !note.isEmpty { parts.append(note.visible) }
        let text = parts.joined(separator: "  ")
        let name = title.visible
        guard let total else { return "\(name)  \(text)".shortened(to: max(0, columns - 1)) }
        let cells = min(40, columns - 1 - name.displayWidth - text.displayWidth - 4)
        guard cells >= 5 else { return "\(name) \(text)".shortened(to: max(0, columns - 1)) }
        let filled = total > 0 ? Int(min(1, Double(completed) / Double(total)) * Double(cells)) : cells
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: cells - filled)
        return "\(name) [\(bar)] \(text)"
    }

    private func amount(_ count: Int) -> String {
        unit == .bytes ? count.byteSize : "\(count.grouped) \(unit.rawValue)"
    }

    private func rate(_ rate: Double) -> String {
        if unit == .bytes { return "\(Int(rate).byteSize)/s" }
        return rate < 9.95 ? "\(rate.fixed(1))/s" : "\(Int(rate.rounded()).grouped)/s"
    }

    /// A number of seconds as `m:ss` or `h:mm:ss`.
    package static func time(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "days" }
        let seconds = Int(max(0, seconds).rounded(.up))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds >= 3600 { return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))" }
        return "\(seconds / 60):\(two(seconds % 60))"
    }
}

/// Units a second over the last few seconds.
package struct ProgressRate: Sendable {
    private var samples: [(time: ContinuousClock.Instant, count: Int)] = []
    private static let window: Duration = .seconds(10)

    package init() {}

    /// Notes how many units have been worked on since the start.
    package mutating func add(_ count: Int, at time: ContinuousClock.Instant) {
        if let last = samples.last, time - last.time < .milliseconds(100), samples.count > 1 {
            samples[samples.count - 1].count = count
        } else {
            samples.append((time, count))
        }
        // A job with steps longer than the window keeps its last two reports.
        while samples.count > 2, time - samples[1].time > Self.window { samples.removeFirst() }
    }

    /// Nil until there is half a second to measure.
    package var perSecond: Double? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        return seconds >= 0.5 ? Double(last.count - first.count) / seconds : nil
    }
}
