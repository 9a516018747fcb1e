import SecureBERTTokenizers

/// A task in three steps: read an input (tokenize, cut into windows), compute a row for each window (encoder and head), finish (make
/// the rows of an input a result).
///
/// Windows of several inputs, and of several callers, can be computed together: each row is what it would be alone. That is
/// what a server does with the requests of all its connections.
package protocol WindowedTask: Sendable {
    associatedtype Input: Sendable
    /// An input as it was read, with what finishing needs to know.
    associatedtype Reading: TaskReading
    /// What the model says about a window.
    associatedtype Row: Sendable
    associatedtype Output: Sendable

    func read(_ input: Input) throws -> Reading
    /// One row for each window, in order.
    func rows(of windows: [Reading.Window]) throws -> [Row]
    /// - Parameter rows: Those of the reading's windows, in order.
    func finish(_ reading: Reading, _ rows: [Row]) throws -> Output
}

/// What a task has read of an input.
package protocol TaskReading: Sendable {
    associatedtype Window: TaskWindow
    /// At least one.
    var windows: [Window] { get }
}

/// A part of an input that the encoder reads at once.
package protocol TaskWindow: Sendable {
    var encoding: Encoding { get }
}

extension Encoding: TaskWindow {
    package var encoding: Encoding { self }
}

extension WindowedTask {
    /// All three steps for inputs, in order.
    func run(_ inputs: [Input]) throws -> [Output] {
        let readings = try inputs.map(read)
        return try finish(readings, rows(of: readings.flatMap(\.windows)))
    }

    /// The results of readings, in order.
    /// - Parameter rows: Those of all their windows, in order.
    package func finish(_ readings: [Reading], _ rows: [Row]) throws -> [Output] {
        var next = 0
        return try readings.map { reading in
            defer { next += reading.windows.count }
            return try finish(reading, Array(rows[next..<next + reading.windows.count]))
        }
    }
}
