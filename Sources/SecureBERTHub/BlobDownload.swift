import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import SecureBERTCheckpoint

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The download of one content: continues what is there, checks it, and puts it in place only when it is right.
struct BlobDownload: Sendable {
    let transport: HubTransport
    let reference: HubReference
    let commit: String
    let path: String
    let size: Int
    let digest: BlobDigest
    let layout: CacheLayout
    let progress: ProgressTracker

    private var blob: String { layout.blob(digest) }
    private var incomplete: String { layout.incompleteBlob(digest) }
    private var what: String { "\(path) of \(reference)" }

    /// Makes the blob be in the cache.
    /// - Returns: whether it was there already.
    /// - Throws: ``HubError``; `CancellationError`, with what has arrived kept for the next time.
    func run() async throws -> Bool {
        let lock = try await FileLock.acquire(layout.lock(digest))
        defer { withExtendedLifetime(lock) {} }
        if try await isCorrect(blob) {
            progress.update(path, received: size, of: size, isFinished: true)
            return true
        }
        try Disk.remove(blob)
        // What arrives wrong is thrown away and fetched once more: a proxy or an old part may be to blame.
        for attempt in 1...2 {
            var problem = try await transfer()
            if problem == nil {
                if try await isCorrect(incomplete) { break }
                problem = "its content does not have the \(digest.kind) that the hub announces"
            }
            try Disk.remove(incomplete)
            progress.update(path, received: 0, of: size)
            if attempt == 2, let problem {
                throw HubError(
                    .corrupt,
                    "\(what) arrived damaged twice: \(problem) (\(digest.hex), \(size) bytes); it was not kept")
            }
        }
        try AppendableFile(incomplete).synchronize()
        try Disk.rename(incomplete, to: blob)
        progress.update(path, received: size, of: size, isFinished: true)
        return false
    }

    /// Whether a file has the size and the digest announced.
    private func isCorrect(_ file: String) async throws -> Bool {
        guard Disk.size(file) == size else { return false }
        // Off the cooperative threads: hashing a large model takes a second.
        return try await NIOThreadPool.singleton.runIfActive { try digest.ofFile(file) == digest }
    }

    /// Fills the incomplete file up to the announced size, over as many connections as it takes.
    /// - Returns: a clause when what the server sends cannot become the file; nil when the file has its size.
    private func transfer() async throws -> String? {
        var file = try AppendableFile(incomplete)
        if file.byteCount > size { try file.clear() }
        progress.update(path, received: file.byteCount, of: size)
        var most = file.byteCount
        var failures = 0
        var entityTag: String?
        while file.byteCount < size {
            do {
                if let problem = try await receive(into: &file, entityTag: &entityTag) { return problem }
            } catch let failure as TransientFailure {
                // A connection that brought something new starts the count again.
                failures = file.byteCount > most ? 1 : failures + 1
                most = max(most, file.byteCount)
                try await transport.pause(afterFailures: failures, failure, what: what)
            }
        }
        return nil
    }

    /// Makes one request for the part that is missing and appends what it brings.
    /// - Returns: a clause when the server contradicts what the hub announced.
    private func receive(into file: inout AppendableFile, entityTag: inout String?) async throws -> String? {
        var headers = HTTPHeaders()
        if file.byteCount > 0 {
            headers.add(name: "Range", value: "bytes=\(file.byteCount)-")
            // Only if the server still has what the first part came from; else it sends everything.
            if let entityTag { headers.add(name: "If-Range", value: entityTag) }
        }
        let url = try transport.endpoint.file(path, of: reference.repository, commit: commit)
        let response = try await transport.send(.GET, url, headers: headers)
        if response.status == 416 {
            try file.clear()
            throw TransientFailure(problem: "the server refused to continue at the end of the part that is here")
        }
        try transport.requireSuccess(response, what, of: reference)
        if let problem = contradiction(response, offset: file.byteCount) { return problem }
        if response.status != 206, file.byteCount > 0 {
            try file.clear()
            progress.update(path, received: 0, of: size)
        }
        // Weak tags do not promise equal bytes.
        entityTag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
        try await append(response.body, to: &file)
        if file.byteCount > size { return "the server sent more than the \(size) bytes announced" }
        if file.byteCount < size { throw TransientFailure(problem: "the connection was cut") }
        return nil
    }

    private func append(_ body: HTTPClientResponse.Body, to file: inout AppendableFile) async throws {
        var chunks = body.makeAsyncIterator()
        while file.byteCount <= size,
            let chunk = try await transport.transiently(host: transport.endpoint.text, { try await chunks.next() })
        {
            try file.append(Array(chunk.readableBytesView))
            progress.update(path, received: file.byteCount, of: size, transferred: chunk.readableBytes)
        }
    }

    /// How an answer contradicts the announced digest, size, commit or the range asked for; nil when it does not.
    private func contradiction(_ response: HubResponse, offset: Int) -> String? {
        if let encoding = response.headers.first(name: "Content-Encoding"), encoding.lowercased() != "identity" {
            return "the server compressed it (\(encoding.printable)) although it was asked not to"
        }
        if let found = response.hubHeaders.first(name: "X-Repo-Commit"), found != commit {
            return "the hub answered with commit \(found.printable), expected \(commit)"
        }
        if let tag = response.hubHeaders.first(name: "X-Linked-Etag"), let found = BlobDigest(entityTag: tag),
            found != digest
        {
            return "the hub answered with content \(found.hex)"
        }
        if let text = response.hubHeaders.first(name: "X-Linked-Size"), let found = Int(text), found != size {
            return "the hub answered with a size of \(found) bytes"
        }
        let isPart = response.status == 206
        if isPart, response.headers.first(name: "Content-Range") != "bytes \(offset)-\(size - 1)/\(size)" {
            return "the server sent another part than the one asked for"
        }
        let expected = isPart ? size - offset : size
        if let text = response.headers.first(name: "Content-Length"), let found = Int(text), found != expected {
            return "the server announced \(found) bytes, expected \(expected)"
        }
        return nil
    }
}

extension BlobDigest {
    /// The kind of digest, for messages.
    fileprivate var kind: String {
        switch self {
        case .git: "git SHA-1"
        case .sha256: "SHA-256"
        }
    }
}
