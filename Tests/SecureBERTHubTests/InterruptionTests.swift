import Foundation
import HubTestSupport
import NIOHTTP1
import SecureBERTHub
import Testing

/// Connections that are cut, servers that stumble, pulls that are cancelled.
@Suite struct InterruptionTests {
    private static let weights = FakeHub.weights
    private static let tag = "\"multipart-\(weights.sha256.prefix(8))\""

    /// What the content server is asked for, request by request.
    private func ranges(_ hub: FakeHub) -> [String?] { hub.contents.requests.map { $0.headers.first(name: "Range") } }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    @Test func continuesAfterACut() async throws {
        let count = Counter()
        let hub = try await FakeHub(contentFault: { request in
            guard count.next() <= 2 else { return nil }
            var reply = FakeHub.reply(Self.weights.content, to: request, entityTag: Self.tag)
            reply.announcedLength = reply.body.count
            reply.ending = .cut(after: 100_000)
            return reply
        })
        try await withHub(hub) { hub in
            _ = try await hub.pull()
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
            // What was still on its way inside the client when the connection was cut may be fetched again.
            let starts = hub.contents.requests.map(\.rangeStart)
            #expect(starts.count == 3 && starts[0] == nil)
            let (second, third) = (try #require(starts[1]), try #require(starts[2]))
            #expect((1...100_000).contains(second) && (second + 1...second + 100_000).contains(third))
            #expect(hub.contents.requests.map { $0.headers.first(name: "If-Range") } == [nil, Self.tag, Self.tag])
        }
    }

    @Test func continuesWhatAnEarlierPullLeft() async throws {
        try await withHub(FakeHub()) { hub in
            try write(Array(Self.weights.content[..<12_345]), to: hub.blob(Self.weights) + ".incomplete")
            _ = try await hub.pull()
            #expect(ranges(hub) == ["bytes=12345-"])
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test func takesACompletePartWithoutARequest() async throws {
        try await withHub(FakeHub()) { hub in
            try write(Self.weights.content, to: hub.blob(Self.weights) + ".incomplete")
            _ = try await hub.pull()
            #expect(hub.contents.requests.isEmpty)
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test(arguments: [100, 300_000, 400_000])
    func throwsAwayAWrongPart(_ count: Int) async throws {
        try await withHub(FakeHub()) { hub in
            try write([UInt8](repeating: 7, count: count), to: hub.blob(Self.weights) + ".incomplete")
            _ = try await hub.pull()
            #expect(ranges(hub).last == .some(nil))
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test func startsAgainWhereRangesAreIgnored() async throws {
        let hub = try await FakeHub(contentFault: { _ in .init(body: Self.weights.content) })
        try await withHub(hub) { hub in
            try write(Array(Self.weights.content[..<5000]), to: hub.blob(Self.weights) + ".incomplete")
            _ = try await hub.pull()
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
            #expect(hub.contents.requests.count == 1)
        }
    }

    @Test func startsAgainWhenTheContentServerChangedTheFile() async throws {
        let count = Counter()
        let hub = try await FakeHub(contentFault: { request in
            guard count.next() == 1 else { return nil }
            return .init(
                headers: ["ETag": "\"older\""], body: Self.weights.content.reversed(), ending: .cut(after: 1000),
                announcedLength: Self.weights.content.count)
        })
        try await withHub(hub) { hub in
            _ = try await hub.pull()
            #expect(hub.contents.requests.last?.headers.first(name: "If-Range") == "\"older\"")
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test func startsAgainWhenTheRangeIsRefused() async throws {
        let hub = try await FakeHub(contentFault: { $0.rangeStart == nil ? nil : .init(status: 416) })
        try await withHub(hub) { hub in
            try write(Array(Self.weights.content[..<5000]), to: hub.blob(Self.weights) + ".incomplete")
            _ = try await hub.pull()
            #expect(ranges(hub) == ["bytes=5000-", nil])
        }
    }

    @Test func givesUpWhenNothingNewArrives() async throws {
        // Without ranges every connection starts again and never gets further: it must end.
        let hub = try await FakeHub(contentFault: { _ in
            .init(body: Self.weights.content, ending: .cut(after: 1000))
        })
        try await withHub(hub) { hub in
            let error = try await hubError { _ = try await hub.pull() }
            #expect(error?.code == .network)
            #expect(error?.description.contains("the connection was cut") == true, "\(error?.description ?? "")")
            #expect(hub.contents.requests.count <= 7)
            #expect(hub.names().filter { $0.hasPrefix("snapshots") || $0.hasPrefix("refs") }.isEmpty)
        }
    }

    @Test(arguments: [429, 500, 502, 503, 504])
    func triesAgainAfterPassingErrors(_ status: Int) async throws {
        let count = Counter()
        let fault: FakeHub.Fault = { _ in count.next() <= 3 ? .init(status: status) : nil }
        try await withHub(FakeHub(hubFault: fault, contentFault: fault)) { hub in
            _ = try await hub.pull()
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test func waitsAsLongAsTheServerAsksUpToALimit() async throws {
        let count = Counter()
        let hub = try await FakeHub(hubFault: { _ in
            count.next() == 1 ? .init(status: 429, headers: ["Retry-After": "100000"]) : nil
        })
        try await withHub(hub) { hub in
            let start = ContinuousClock.now
            _ = try await hub.pull { $0.retries.longestRetryAfter = .milliseconds(200) }
            #expect(ContinuousClock.now - start >= .milliseconds(200))
        }
        #expect(RetryPolicy().delay(afterFailures: 1, retryAfter: .seconds(7)) == .seconds(7))
        #expect(RetryPolicy().delay(afterFailures: 100, retryAfter: nil) <= .seconds(10))
    }

    @Test func expiredAddressesAreAskedForAgain() async throws {
        let count = Counter()
        let hub = try await FakeHub(contentFault: { _ in count.next() == 1 ? .init(status: 403) : nil })
        try await withHub(hub) { hub in
            _ = try await hub.pull()
            #expect(hub.hub.requests.filter { $0.path.hasSuffix("model.safetensors") }.count == 2)
        }
    }

    @Test func silentServersAreGivenUp() async throws {
        let hub = try await FakeHub(hubFault: { _ in .init(body: [1], ending: .silence(after: 0), announcedLength: 10) }
        )
        try await withHub(hub) { hub in
            let error = try await hubError {
                _ = try await hub.pull {
                    $0.readTimeout = .milliseconds(50)
                    $0.retries.attempts = 2
                }
            }
            #expect(error?.code == .network)
            #expect(error?.description.contains("stayed silent") == true, "\(error?.description ?? "")")
        }
    }

    @Test func cancellingKeepsOnlyWhatCanBeContinued() async throws {
        let count = Counter()
        let hub = try await FakeHub(contentFault: { request in
            guard count.next() == 1 else { return nil }
            return .init(body: Self.weights.content, ending: .silence(after: 50_000))
        })
        try await withHub(hub) { hub in
            let (halfway, continuation) = AsyncStream<Void>.makeStream()
            let pull = Task {
                try await hub.pull(selection: .matching(["model.safetensors"])) {
                    $0.readTimeout = .seconds(20)
                } progress: { progress in
                    if progress.received == 50_000 { continuation.yield() }
                }
            }
            for await _ in halfway { break }
            pull.cancel()
            await #expect(throws: CancellationError.self) { _ = try await pull.value }
            #expect(hub.names() == ["blobs/\(Self.weights.digest).incomplete"])
            _ = try await hub.pull()
            #expect(ranges(hub) == [nil, "bytes=50000-"])
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }
}
