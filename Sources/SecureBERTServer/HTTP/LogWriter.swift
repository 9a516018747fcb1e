import NIOPosix
import SecureBERTJSON
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes log lines to the standard error on a thread of its own: a pipe that nobody reads must not stop the requests that log. Lines beyond
/// what may wait are dropped and counted.
final class LogWriter: Sendable {
    static let shared = LogWriter()

    private static let mostWaiting = 10_000

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic(0)
    private let dropped = Atomic(0)

    private init() { thread.start() }

    func add(_ line: [UInt8]) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            dropped.add(1, ordering: .relaxed)
            return
        }
        thread.submit { [self] _ in
            Self.write(line)
            waiting.subtract(1, ordering: .relaxed)
            let count = dropped.exchange(0, ordering: .relaxed)
            if count > 0 {
                let note: JSON = [
                    "level": "warning", "message": "log lines were dropped, nobody read them", "count": .integer(count),
                ]
                Self.write(Array("\(note.text)\n".utf8))
            }
        }
    }

    func flush() async {
        for _ in 0..<100 where waiting.load(ordering: .relaxed) > 0 { try? await Task.sleep(for: .milliseconds(10)) }
    }

    /// In one call where that is possible, so that lines of several programs do not mix.
    private static func write(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                #if canImport(Glibc)
                    let count = Glibc.write(
                        STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(
                        STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                #else
                    let count = Darwin.write(
                        STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
