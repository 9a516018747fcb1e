import Foundation
import HubTestSupport
import NIOHTTP1
import SecureBERTHub
import Testing

/// Servers that lie.
@Suite struct HostileServerTests {
    private static let weights = FakeHub.weights

    private func nothingWasKept(_ hub: FakeHub) -> Bool {
        !hub.names().contains { $0.contains(Self.weights.digest) || $0.hasPrefix("snapshots") || $0.hasPrefix("refs") }
    }

    @Test func damagedContentIsFetchedOnceMore() async throws {
        let count = Counter()
        let hub = try await FakeHub(contentFault: { _ in
            count.next() == 1 ? .init(body: [UInt8](repeating: 0, count: Self.weights.content.count)) : nil
        })
        try await withHub(hub) { hub in
            _ = try await hub.pull()
            #expect(hub.contents.requests.count == 2)
            #expect(hub.bytes(hub.blob(Self.weights)) == Self.weights.content)
        }
    }

    @Test func damagedContentIsNeverKept() async throws {
        let zeros = [UInt8](repeating: 0, count: Self.weights.content.count)
        let replies: [FakeServer.Reply] = [
            .init(body: zeros),
            .init(body: zeros + zeros),
            .init(body: Array(zeros.dropLast())),
            .init(headers: ["Transfer-Encoding": "chunked"], body: zeros + [0]),
            .init(headers: ["Content-Encoding": "gzip"], body: zeros),
            .init(status: 206, headers: ["Content-Range": "bytes 5-9/10"], body: zeros),
        ]
        for reply in replies {
            try await withHub(FakeHub(contentFault: { _ in reply })) { hub in
                let error = try await hubError { _ = try await hub.pull() }
                #expect(error?.code == .corrupt, "\(error?.description ?? "none") for \(reply.headers)")
                #expect(hub.contents.requests.count == 2)
                #expect(nothingWasKept(hub))
            }
        }
    }

    @Test func damagedSmallFilesAreNeverKept() async throws {
        let hub = try await FakeHub(hubFault: { request in
            guard request.path.hasSuffix("/config.json") else { return nil }
            return .init(body: [UInt8](repeating: 0x20, count: FakeHub.config.content.count))
        })
        try await withHub(hub) { hub in
            let error = try await hubError { _ = try await hub.pull(selection: .matching(["config.json"])) }
            #expect(error?.code == .corrupt)
            #expect(error?.description.contains("git SHA-1") == true)
            #expect(hub.names().isEmpty)
        }
    }

    @Test(arguments: [
        ["X-Repo-Commit": String(repeating: "0", count: 40)],
        ["X-Linked-Etag": "\"\(String(repeating: "0", count: 64))\""],
        ["X-Linked-Size": "5"],
    ])
    func contradictionsOfTheHubAreNoticedBeforeTheDownload(_ header: [String: String]) async throws {
        let hub = try await FakeHub(hubFault: { request in
            guard request.path.hasSuffix("/config.json") else { return nil }
            return .init(headers: HTTPHeaders(header.map { ($0.key, $0.value) }), body: FakeHub.config.content)
        })
        try await withHub(hub) { hub in
            let error = try await hubError { _ = try await hub.pull(selection: .matching(["config.json"])) }
            #expect(error?.code == .corrupt)
            #expect(hub.names().isEmpty)
        }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../up.json", "a/../../up.json", "a//b.json", "a/", "./config.json", "a\\b.json",
        "C:\\x.json", "a\u{0}.json", "a\nb.json", "a\u{1B}[2J.json", "a\u{202E}nosj.gpj", "a/..", "..",
        // A slash with a combining mark is one character to Swift and still a slash to the system.
        "a/\u{301}/../../../up.json", "..\u{2F}\u{301}up.json",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 40) + "b",
        String(repeating: "abcdefgh/", count: 120) + "b",
    ])
    func unsafeNamesAreRefused(_ name: String) async throws {
        let file = FakeHub.File(path: name, content: [1])
        try await withHub(FakeHub(files: [FakeHub.config, file])) { hub in
            let error = try await hubError { _ = try await hub.pull(selection: .all) }
            #expect(error?.code == .corrupt)
            #expect(error?.description.utf8.allSatisfy { $0 >= 0x20 } == true)
            #expect(hub.hub.requests.count == 1)
            #expect(!FileManager.default.fileExists(atPath: hub.cache))
        }
    }

    @Test(arguments: [["a", "a"], ["a", "a/b"], ["a/b/c", "a/b"]])
    func namesThatCannotExistTogetherAreRefused(_ names: [String]) async throws {
        let files = names.map { FakeHub.File(path: $0, content: [1]) }
        try await withHub(FakeHub(files: files)) { hub in
            let error = try await hubError { _ = try await hub.pull(selection: .all) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", "<html>", #"{"sha": "main", "siblings": []}"#,
        #"{"sha": "../../../../../../../../../../../etc/passwd", "siblings": []}"#,
        #"{"sha": "\#(FakeHub.commit)"}"#, #"{"sha": "\#(FakeHub.commit)", "siblings": [{}]}"#,
        #"{"sha": "\#(FakeHub.commit)", "siblings": [{"rfilename": 1}]}"#,
        #"{"sha": "\#(FakeHub.commit)", "siblings": [{"rfilename": "config.json", "size": -1}]}"#,
        #"{"sha": "\#(FakeHub.commit)", "siblings": [{"rfilename": "config.json", "size": 9000000000000000000}]}"#,
    ])
    func liesInTheListAreTyped(_ listing: String) async throws {
        try await withHub(FakeHub(listing: listing)) { hub in
            let error = try await hubError { _ = try await hub.pull(selection: .all) }
            #expect(error?.code == .corrupt)
            #expect(!FileManager.default.fileExists(atPath: hub.cache))
        }
    }

    @Test func listsAreBounded() async throws {
        let files = (0..<200).map { FakeHub.File(path: "\($0).json", content: [1]) }
        try await withHub(FakeHub(files: files)) { hub in
            let many = try await hubError { _ = try await hub.pull { $0.limits.files = 199 } }
            #expect(many?.code == .corrupt && many?.description.contains("200 entries") == true)
            let long = try await hubError { _ = try await hub.pull { $0.limits.listingBytes = 1000 } }
            #expect(long?.code == .corrupt && long?.description.contains("1000 bytes") == true)
        }
    }

    @Test func aFileThatCannotFitIsRefusedBeforeTheDownload() async throws {
        let size = 1 << 60
        let listing = """
            {"sha": "\(FakeHub.commit)", "siblings": [{"rfilename": "config.json", "size": \(size), "blobId": \
            "\(FakeHub.config.gitDigest)"}]}
            """
        try await withHub(FakeHub(listing: listing)) { hub in
            let error = try await hubError { _ = try await hub.pull { $0.limits.fileBytes = size } }
            #expect(error?.code == .diskFull)
            #expect(hub.hub.requests.count == 1)
        }
    }

    @Test func anotherCommitThanTheOneAskedForIsRefused() async throws {
        let other = String(repeating: "0", count: 40)
        let listing = #"{"sha": "\#(other)", "siblings": []}"#
        try await withHub(FakeHub(listing: listing)) { hub in
            let error = try await hubError { _ = try await hub.pull("org/tiny@\(FakeHub.commit)") }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func linksInTheCacheAreNotWrittenThrough() async throws {
        try await withHub(FakeHub()) { hub in
            let victim = hub.cache + "/victim"
            try FileManager.default.createDirectory(atPath: hub.model + "/blobs", withIntermediateDirectories: true)
            try Data("keep".utf8).write(to: URL(fileURLWithPath: victim))
            try FileManager.default.createSymbolicLink(
                atPath: hub.blob(Self.weights) + ".incomplete", withDestinationPath: victim)
            let error = try await hubError { _ = try await hub.pull() }
            #expect(error?.code == .storage)
            #expect(hub.bytes(victim) == Array("keep".utf8))
        }
    }
}
