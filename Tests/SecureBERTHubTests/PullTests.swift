import Foundation
import HubTestSupport
import SecureBERTHub
import Synchronization
import Testing

@Suite struct PullTests {
    @Test func downloadsWhatIsUsableInTheSharedLayout() async throws {
        try await withHub(FakeHub()) { hub in
            let snapshot = try await hub.pull()
            #expect(snapshot.path == "\(hub.model)/snapshots/\(FakeHub.commit)")
            #expect(snapshot.commit == FakeHub.commit)
            let expected = [FakeHub.config, FakeHub.pooling, FakeHub.weights]
            #expect(snapshot.files.map(\.path) == expected.map(\.path))
            #expect(snapshot.files.map(\.digest) == expected.map(\.digest))
            #expect(snapshot.bytes == expected.reduce(0) { $0 + $1.content.count })
            for file in expected { #expect(hub.bytes("\(snapshot.path)/\(file.path)") == file.content) }
            #expect(
                hub.names()
                    == Set(
                        ["refs/main"] + expected.map { "blobs/\($0.digest)" }
                            + expected.map { "snapshots/\(FakeHub.commit)/\($0.path)" }))
            #expect(hub.bytes("\(hub.model)/refs/main") == Array(FakeHub.commit.utf8))
            let link = { (path: String) in
                try FileManager.default.destinationOfSymbolicLink(atPath: "\(snapshot.path)/\(path)")
            }
            #expect(try link("config.json") == "../../blobs/\(FakeHub.config.digest)")
            #expect(try link("1_Pooling/config.json") == "../../../blobs/\(FakeHub.pooling.digest)")
        }
    }

    @Test func skipsWhatIsThereAndRepairsWhatIsDamaged() async throws {
        try await withHub(FakeHub()) { hub in
            _ = try await hub.pull()
            let again = try await hub.pull()
            #expect(again.files.map(\.wasCached) == [true, true, true])
            #expect(hub.contents.requests.count == 1)
            var damaged = FakeHub.weights.content
            damaged[1000] ^= 1
            try Data(damaged).write(to: URL(fileURLWithPath: hub.blob(FakeHub.weights)))
            let repaired = try await hub.pull()
            #expect(repaired.files.map(\.wasCached) == [true, true, false])
            #expect(hub.bytes(hub.blob(FakeHub.weights)) == FakeHub.weights.content)
        }
    }

    @Test func asksEachFileWhereTheListHasNoDigests() async throws {
        try await withHub(FakeHub(listsDigests: false)) { hub in
            let snapshot = try await hub.pull()
            #expect(snapshot.files.map(\.digest) == [FakeHub.config, FakeHub.pooling, FakeHub.weights].map(\.digest))
            #expect(hub.hub.requests.filter { $0.method == .HEAD }.count == 3)
            // The size of a large file is known without asking the content server.
            #expect(hub.contents.requests.map(\.method) == [.GET])
        }
    }

    @Test func selectsFiles() async throws {
        try await withHub(FakeHub()) { hub in
            #expect(try await hub.pull(selection: .all).files.count == 4)
            #expect(
                try await hub.pull(selection: .matching(["*.msgpack", "1_*"])).files.map(\.path) == [
                    "1_Pooling/config.json", "flax_model.msgpack",
                ])
            let error = try await hubError { _ = try await hub.pull(selection: .matching(["*.onnx"])) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func remembersBranchesAndNotCommits() async throws {
        try await withHub(FakeHub()) { hub in
            _ = try await hub.pull("org/tiny@\(FakeHub.commit)", selection: .matching(["config.json"]))
            #expect(!FileManager.default.fileExists(atPath: "\(hub.model)/refs"))
            _ = try await hub.pull("org/tiny@refs/pr/1", selection: .matching(["config.json"]))
            #expect(hub.bytes("\(hub.model)/refs/refs/pr/1") == Array(FakeHub.commit.utf8))
        }
    }

    @Test func emptyFilesAndOddNames() async throws {
        let files = [
            FakeHub.File(path: "empty.txt", content: []),
            FakeHub.File(path: "empty.bin", content: [], isLarge: true),
            FakeHub.File(path: "a b/ü#%?&+.json", content: [1, 2, 3]),
        ]
        try await withHub(FakeHub(files: files)) { hub in
            let snapshot = try await hub.pull(selection: .all)
            for file in files { #expect(hub.bytes("\(snapshot.path)/\(file.path)") == file.content) }
        }
    }

    @Test func reportsProgressInOrderUpToTheEnd() async throws {
        try await withHub(FakeHub()) { hub in
            let reports = Mutex<[PullProgress]>([])
            let snapshot = try await hub.pull(progress: { progress in reports.withLock { $0.append(progress) } })
            let all = reports.withLock { $0 }
            #expect(all.map(\.received) == all.map(\.received).sorted())
            #expect(
                all.allSatisfy { $0.total == snapshot.bytes && $0.fileCount == 3 && $0.fileReceived <= $0.fileSize })
            let last = try #require(all.last)
            #expect(last.received == snapshot.bytes && last.transferred == snapshot.bytes && last.finishedFiles == 3)
        }
    }

    @Test func concurrentPullsFetchEveryContentOnce() async throws {
        try await withHub(FakeHub()) { hub in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try await hub.pull() } }
                try await group.waitForAll()
            }
            #expect(hub.contents.requests.count == 1)
            #expect(hub.bytes(hub.blob(FakeHub.weights)) == FakeHub.weights.content)
            #expect(!hub.names().contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".incomplete") })
        }
    }
}
