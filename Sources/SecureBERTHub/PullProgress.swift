import Synchronization

/// How far a download is.
public struct PullProgress: Sendable, Hashable {
    /// The file that moved last.
    public var file: String
    /// Bytes of that file that are here.
    public var fileReceived: Int
    /// The size of that file.
    public var fileSize: Int
    /// Bytes of all files that are here.
    public var received: Int
    /// The size of all files.
    public var total: Int
    /// Bytes that came over the network, repeated ones included: what a rate is computed from.
    public var transferred: Int
    /// Files that are complete and checked.
    public var finishedFiles: Int
    /// The number of files.
    public var fileCount: Int

    /// Every value as documented on its property.
    public init(
        file: String, fileReceived: Int, fileSize: Int, received: Int, total: Int, transferred: Int, finishedFiles: Int,
        fileCount: Int
    ) {
        self.file = file
        self.fileReceived = fileReceived
        self.fileSize = fileSize
        self.received = received
        self.total = total
        self.transferred = transferred
        self.finishedFiles = finishedFiles
        self.fileCount = fileCount
    }
}

/// Adds up what several downloads report at the same time, and passes it on one report at a time.
final class ProgressTracker: Sendable {
    private struct State {
        var received: [String: Int] = [:]
        var sum = 0
        var transferred = 0
        var finished = 0
    }

    private let state = Mutex(State())
    private let total: Int
    private let fileCount: Int
    private let report: @Sendable (PullProgress) -> Void

    init(total: Int, fileCount: Int, report: @escaping @Sendable (PullProgress) -> Void) {
        self.total = total
        self.fileCount = fileCount
        self.report = report
    }

    /// A file has this many bytes now; `transferred` of them have just come over the network.
    func update(_ file: String, received: Int, of size: Int, transferred: Int = 0, isFinished: Bool = false) {
        // Reported under the lock, so that reports arrive in order.
        state.withLock { state in
            state.sum += received - (state.received.updateValue(received, forKey: file) ?? 0)
            state.transferred += transferred
            if isFinished { state.finished += 1 }
            report(
                PullProgress(
                    file: file, fileReceived: received, fileSize: size, received: state.sum, total: total,
                    transferred: state.transferred, finishedFiles: state.finished, fileCount: fileCount))
        }
    }
}
