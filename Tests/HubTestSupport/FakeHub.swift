import Crypto
import Foundation
import NIOHTTP1
import SecureBERTHub
import SecureBERTJSON
import Synchronization

/// A hub with one model, and a content server on another port that it sends clients to for large files; both on this
/// computer. Faults come before the proper answers.
package final class FakeHub: Sendable {
    package typealias Fault = @Sendable (FakeServer.Request) -> FakeServer.Reply?

    package struct File: Sendable {
        package let path: String
        package let content: [UInt8]
        package var isLarge: Bool

        package init(path: String, content: [UInt8], isLarge: Bool = false) {
            (self.path, self.content, self.isLarge) = (path, content, isLarge)
        }

        package var gitDigest: String {
            hex(Insecure.SHA1.hash(data: Array("blob \(content.count)\0".utf8) + content))
        }
        package var sha256: String { hex(SHA256.hash(data: content)) }
        /// The name of the blob in the cache.
        package var digest: String { isLarge ? sha256 : gitDigest }
    }

    package static let commit = String(repeating: "c0ffee1234", count: 4)
    package static let weights = File(path: "model.safetensors", content: noise(300_000), isLarge: true)
    package static let config = File(path: "config.json", content: Array(#"{"model_type": "bert"}"#.utf8))
    package static let pooling = File(
        path: "1_Pooling/config.json", content: Array(#"{"word_embedding_dimension": 4}"#.utf8))
    package static let flax = File(path: "flax_model.msgpack", content: noise(100), isLarge: true)

    package let hub: FakeServer
    package let contents: FakeServer
    /// The cache folder, empty at first.
    package let cache: String

    /// - Parameter listsDigests: whether the list of files has sizes and digests, as mirrors may not.
    package init(
        files: [File] = [config, pooling, weights, flax], listsDigests: Bool = true, listing: String? = nil,
        hubFault: @escaping Fault = { _ in nil }, contentFault: @escaping Fault = { _ in nil }
    ) async throws {
        let contents = try await FakeServer { request in
            if let reply = contentFault(request) { return reply }
            guard let file = files.first(where: { request.path == "/\($0.sha256)" }) else { return .init(status: 404) }
            return Self.reply(file.content, to: request, entityTag: "\"multipart-\(file.sha256.prefix(8))\"")
        }
        self.contents = contents
        let list = listing ?? Self.listing(files, listsDigests: listsDigests)
        hub = try await FakeServer { request in
            if let reply = hubFault(request) { return reply }
            if request.path.hasPrefix("/api/models/org/tiny/revision/") {
                let revision = request.path.split(separator: "/").last
                guard revision == "main" || revision == "refs%2Fpr%2F1" || revision == Self.commit[...] else {
                    return .init(status: 404, headers: ["X-Error-Code": "RevisionNotFound"])
                }
                return .init(headers: ["Content-Type": "application/json"], body: Array(list.utf8))
            }
            let prefix = "/org/tiny/resolve/\(Self.commit)/"
            guard let path = request.path.removingPercentEncoding, path.hasPrefix(prefix),
                let file = files.first(where: { $0.path == path.dropFirst(prefix.count) })
            else { return .init(status: 404, headers: ["X-Error-Code": "RepoNotFound"]) }
            guard file.isLarge else {
                var reply = Self.reply(file.content, to: request, entityTag: "\"\(file.gitDigest)\"")
                reply.headers.add(name: "X-Repo-Commit", value: Self.commit)
                return reply
            }
            return .init(
                status: 302,
                headers: [
                    "Location": "\(contents.address)/\(file.sha256)?signature=a%2Fb%3D", "X-Repo-Commit": Self.commit,
                    "X-Linked-Etag": "\"\(file.sha256)\"", "X-Linked-Size": "\(file.content.count)",
                    "ETag": "\"of the redirection\"",
                ], body: Array("Found. Redirecting".utf8))
        }
        cache = NSTemporaryDirectory() + "securebert-hub-\(UUID().uuidString)"
    }

    /// The configuration of a client in a hurry.
    package var configuration: HubConfiguration {
        var configuration = HubConfiguration(cacheFolder: cache)
        configuration.endpoint = hub.address
        configuration.readTimeout = .seconds(5)
        configuration.retries.firstDelay = .milliseconds(2)
        configuration.retries.longestDelay = .milliseconds(10)
        return configuration
    }

    /// Pulls with a client in a hurry.
    package func pull(
        _ reference: String = "org/tiny", selection: FileSelection = .usable,
        change: (inout HubConfiguration) -> Void = { _ in },
        progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> PulledSnapshot {
        var configuration = configuration
        change(&configuration)
        return try await HubClient(configuration: configuration)
            .pull(HubReference(reference), selection: selection, progress: progress)
    }

    package var model: String { cache + "/models--org--tiny" }

    package func blob(_ file: File) -> String { "\(model)/blobs/\(file.digest)" }

    /// The bytes of a file; nil when it does not exist.
    package func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map(Array.init)
    }

    /// The regular files and links below the model's folder.
    package func names() -> Set<String> {
        let found = FileManager.default.enumerator(atPath: model)?.compactMap { $0 as? String } ?? []
        return Set(
            found.filter { name in
                let type =
                    try? FileManager.default.attributesOfItem(atPath: "\(model)/\(name)")[.type] as? FileAttributeType
                return type != .typeDirectory
            })
    }

    package func close() async throws {
        try await hub.stop()
        try await contents.stop()
        try? FileManager.default.removeItem(atPath: cache)
    }

    /// A proper answer with the content, or with the part that a range asks for.
    package static func reply(_ content: [UInt8], to request: FakeServer.Request, entityTag: String) -> FakeServer.Reply
    {
        guard let start = request.rangeStart, [nil, entityTag].contains(request.headers.first(name: "If-Range")) else {
            return .init(headers: ["ETag": entityTag], body: content)
        }
        guard start < content.count else { return .init(status: 416) }
        return .init(
            status: 206,
            headers: ["ETag": entityTag, "Content-Range": "bytes \(start)-\(content.count - 1)/\(content.count)"],
            body: Array(content[start...]))
    }

    package static func listing(_ files: [File], listsDigests: Bool = true) -> String {
        let siblings = files.map { file -> JSON in
            guard listsDigests else { return ["rfilename": .string(file.path)] }
            let size = JSON.integer(file.content.count)
            var members: [JSON.Object.Member] = [
                ("rfilename", .string(file.path)), ("size", size), ("blobId", .string(file.gitDigest)),
            ]
            if file.isLarge {
                members.append(("lfs", ["sha256": .string(file.sha256), "size": size, "pointerSize": 134]))
            }
            return .object(.init(members))
        }
        let json: JSON = ["id": "org/tiny", "sha": .string(commit), "siblings": .array(siblings)]
        return json.text
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt32 = 42
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }
}

private func hex(_ digest: some Sequence<UInt8>) -> String {
    digest.map { String(format: "%02x", $0) }.joined()
}

/// Counts how often something happened, across threads.
package final class Counter: Sendable {
    private let value = Mutex(0)

    package init() {}

    /// Adds one; returns how often that has been done.
    @discardableResult
    package func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Starts a hub, runs a test with it, and cleans up.
package func withHub(_ hub: FakeHub, _ body: (FakeHub) async throws -> Void) async throws {
    do {
        try await body(hub)
    } catch {
        try await hub.close()
        throw error
    }
    try await hub.close()
}

/// The error that something throws, which must be a ``HubError``; nil when it throws none.
package func hubError(_ body: () async throws -> Void) async throws -> HubError? {
    do {
        try await body()
        return nil
    } catch let error as HubError {
        return error
    }
}
