#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The standard output, buffered, with failures that are noticed.
///
/// `print` drops data silently when the disk is full; this throws, and tells a reader that has gone away (``OutputClosed``)
/// from an error.
final class StandardOutput {
    private var buffer: [UInt8] = []
    private static let capacity = 1 << 16

    init() { buffer.reserveCapacity(Self.capacity + 4096) }

    /// Runs the body and then writes what is left. When the body throws, the results so far are written first, so that an
    /// error in line 900 does not hide the 899 lines before it.
    static func scope(_ body: (StandardOutput) throws -> Void) throws {
        let output = StandardOutput()
        do {
            try body(output)
        } catch {
            try? output.flush()
            throw error
        }
        try output.flush()
    }

    func write(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        try flushIfFull()
    }

    func writeLine(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        buffer.append(UInt8(ascii: "\n"))
        try flushIfFull()
    }

    /// Appends bytes that the body produces.
    func write(_ body: (inout [UInt8]) -> Void) throws {
        body(&buffer)
        try flushIfFull()
    }

    /// Writes everything that is buffered.
    func flush() throws {
        guard !buffer.isEmpty else { return }
        defer { buffer.removeAll(keepingCapacity: true) }
        switch buffer.withUnsafeBytes({ SystemCalls.writeAll(STDOUT_FILENO, $0) }) {
        case 0: return
        case EPIPE: throw OutputClosed()
        case let number:
            throw CommandLineError(
                .badInput, "the standard output cannot be written: \(SystemCalls.reason(number))",
                hint: number == ENOSPC ? "free some space or write to another disk" : nil)
        }
    }

    private func flushIfFull() throws {
        if buffer.count >= Self.capacity { try flush() }
    }
}
