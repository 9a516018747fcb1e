import SecureBERTCheckpoint
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What happens on Ctrl-C and its relatives: unfinished files are removed, and the program exits with 128 + the signal.
///
/// The signals are blocked in every thread and one thread waits for them, so the clean-up is ordinary code rather than a
/// signal handler, which could do next to nothing safely.
enum Interruption {
    /// What a signal means now.
    private enum State {
        /// The program ends.
        case ends
        /// A long job is told to stop by itself; a second signal ends the program.
        case asks
        /// A server is told to stop by itself; a second signal ends the program.
        case tells(@Sendable () -> Void)
        /// It has been told.
        case asked(Int32)
    }

    private static let state = Mutex(State.ends)

    /// Runs a job that stops by itself, having saved its work, when it finds that it was asked to. The program then exits as
    /// if the signal had ended it.
    static func deferred<Result>(_ job: (_ isRequested: () -> Bool) throws -> Result) throws -> Result {
        state.withLock { $0 = .asks }
        let result = try job { state.withLock { if case .asked = $0 { true } else { false } } }
        let signal = state.withLock { state in
            defer { state = .ends }
            return if case .asked(let number) = state { number } else { Int32(0) }
        }
        if signal != 0 { throw Interrupted(signal: signal) }
        return result
    }

    /// Runs a job that is told when it is to stop, and then returns when it has finished what it had begun.
    static func telling<Result>(
        _ stop: @escaping @Sendable () -> Void, _ job: () async throws -> Result
    ) async throws -> Result {
        state.withLock { $0 = .tells(stop) }
        defer { state.withLock { $0 = .ends } }
        return try await job()
    }

    /// Starts watching. To be called first, so that all threads inherit the blocked signals.
    static func install() {
        // A closed pipe is reported by write(2), where it can be told from a full disk.
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        // A shell that starts a program with `&` or `nohup` makes it ignore these; it should go on ignoring them.
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = pthread_create(
            &thread, &attributes,
            { _ in
                Interruption.wait()
                return nil
            }, nil)
        // Without the thread nobody would take the signals: better an unfinished file than a program that cannot be stopped.
        if status != 0 { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    }

    private static func wait() {
        var signals = sigset_t()
        // The creating thread's mask, which this one inherited, is the set to wait for.
        pthread_sigmask(SIG_BLOCK, nil, &signals)
        var number: Int32 = 0
        repeat {
            while sigwait(&signals, &number) != 0 {}
        } while state.withLock { state in
            switch state {
            case .ends, .asked: return false
            case .asks: state = .asked(number)
            case .tells(let stop):
                stop()
                state = .ends
            }
            return true
        }
        UnfinishedWork.removeAll()
        if Terminal.standardError.isTerminal { Terminal.clearErrorLine() }
        _exit(128 + number)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if os(Linux)
            let handler = action.__sigaction_handler.sa_handler
        #else
            let handler = action.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// A job has stopped because a signal asked it to.
struct Interrupted: Error {
    let signal: Int32
}
