import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads texts from files, several at a time.
///
/// A file whose name ends in `.jsonl` has one object a line, with the text under one of its keys; any other file is text.
/// Behind either ending `.zst` says that it is compressed. Memory does not depend on the size of the files.
public struct TextFiles: Sendable {
    /// The files, in order.
    public let files: [String]
    /// The key of the text in JSON lines.
    public let field: String

    /// Finds the files under the paths; see ``DocumentFiles/find(_:)``.
    /// - Throws: ``CorpusError`` for a path that does not exist or a folder without documents.
    public init(paths: [String], field: String = "text") throws(CorpusError) {
        files = try DocumentFiles.find(paths)
        self.field = field
    }

    /// One worker per core this process may use.
    public static var availableCores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// What the workers share.
    private struct Progress {
        var chunks: DocumentChunks
        /// The error of the earliest chunk that failed.
        var failure: (index: Int, error: any Error)?
    }

    /// Calls the body with every text, on several threads at once, and returns each thread's result. Which texts a thread
    /// gets is left to chance; a long text file comes in parts that no word reaches across.
    /// - Parameters:
    ///   - threads: how many.
    ///   - initial: what a thread starts with.
    ///   - progress: called now and then with the bytes read so far, from any thread.
    ///   - body: adds a text to a thread's result.
    /// - Throws: ``CorpusError``, or what the body throws, for the first text in order that gives reason to.
    public func reduce<Result: Sendable>(
        threads: Int, initial: Result, progress: @Sendable (Int) -> Void = { _ in },
        _ body: @Sendable (inout Result, TextDocument) throws -> Void
    ) throws -> [Result] {
        let shared = Mutex(Progress(chunks: DocumentChunks(files: files)))
        let results = Mutex<[(worker: Int, result: Result)]>([])
        DispatchQueue.concurrentPerform(iterations: threads) { worker in
            var result = initial
            while let chunk = Self.nextChunk(shared, progress) {
                do {
                    try chunk.forEachText(field: field) { try body(&result, $0) }
                } catch {
                    Self.fail(shared, chunk.index, error)
                }
            }
            results.withLock { [result] in $0.append((worker, result)) }
        }
        if let failure = shared.withLock({ $0.failure }) { throw failure.error }
        return results.withLock { $0.sorted { $0.worker < $1.worker }.map(\.result) }
    }

    /// Calls the body with every text, in order.
    /// - Throws: ``CorpusError``, or what the body throws.
    public func forEach(_ body: (TextDocument) throws -> Void) throws {
        var chunks = DocumentChunks(files: files)
        while let chunk = try chunks.next() { try chunk.forEachText(field: field, body) }
    }

    /// The next chunk, or nil when there is none or something has failed.
    private static func nextChunk(
        _ shared: borrowing Mutex<Progress>, _ progress: @Sendable (Int) -> Void
    ) -> DocumentChunk? {
        shared.withLock { shared in
            guard shared.failure == nil else { return nil }
            do {
                let chunk = try shared.chunks.next()
                progress(shared.chunks.bytesRead)
                return chunk
            } catch {
                shared.failure = (.max, error)
                return nil
            }
        }
    }

    private static func fail(_ shared: borrowing Mutex<Progress>, _ index: Int, _ error: any Error) {
        shared.withLock { shared in
            guard shared.failure.map({ index < $0.index }) ?? true else { return }
            shared.failure = (index, error)
        }
    }
}
