import SecureBERTCheckpoint
import Testing
import TestSupport

@Suite struct HubCacheTests {
    let cache: TemporaryFolder
    let commit = String(repeating: "0123456789", count: 4)

    init() throws {
        cache = try TemporaryFolder()
        try cache.write("models--org--name/refs/main", commit)
        try cache.write("models--org--name/refs/refs/pr/3", commit)
        try cache.makeFolder("models--org--name/snapshots/\(commit)")
        try cache.makeFolder("models--old/snapshots/\(commit)")
    }

    private func find(_ name: String) throws -> String {
        try HubCache(locations: [cache.path]).folder(for: name)
    }

    @Test func findsSnapshots() throws {
        let expected = cache.file("models--org--name/snapshots/\(commit)")
        #expect(try find("org/name") == expected)
        #expect(try find("org/name@main") == expected)
        #expect(try find("org/name@refs/pr/3") == expected)
        #expect(try find("org/name@\(commit)") == expected)
        #expect(try find("old") == cache.file("models--old/snapshots/\(commit)"))
    }

    @Test func foldersWinOverNames() throws {
        #expect(try find(cache.path) == cache.path)
    }

    @Test func saysWhereItLooked() throws {
        let error = try #require(throws: CheckpointError.self) { try find("org/other") }
        #expect(error.code == .notFound)
        #expect(error.problem.contains("models--org--other") && error.problem.contains("`securebert pull org/other`"))
        let revision = try #require(throws: CheckpointError.self) { try find("org/name@v9") }
        #expect(revision.problem.contains("this revision is not on this machine"))
        let path = try #require(throws: CheckpointError.self) { try find("./nowhere") }
        #expect(path.problem == "does not exist; expected the folder of a model or a name such as org/name")
    }

    @Test(arguments: [
        "../name", "org/..", "org/na me", "a/b/c", "", "org/", "org//name", "org/name@", "org/name@../x",
        "org/name@/x", "org/name@a/../../b", "-x/y", "org/.git", "org/name@\u{0}", "o\\rg/name", "org/name@.hidden",
        "org/a--b", "org/a.git",
    ])
    func refusesUnsafeNames(text: String) {
        #expect(HubModelName(text) == nil)
        #expect(throws: CheckpointError.self) { try find(text) }
    }

    @Test func aReferenceCannotLeadOutOfTheCache() throws {
        try cache.write("models--org--evil/refs/main", "../../../../etc")
        #expect(throws: CheckpointError.self) { try find("org/evil") }
    }

    @Test func followsTheEnvironment() {
        func locations(_ variables: [String: String]) -> [String] { HubCache(environment: { variables[$0] }).locations }
        #expect(locations(["HOME": "/h"]) == ["/h/.cache/huggingface/hub"])
        #expect(locations(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == ["/x/huggingface/hub"])
        #expect(locations(["HOME": "/h", "HF_HOME": "/hf"]) == ["/hf/hub"])
        #expect(locations(["HOME": "/h", "HF_HOME": "~/hf"]) == ["/h/hf/hub"])
        #expect(locations(["HF_HOME": "/hf", "HUGGINGFACE_HUB_CACHE": "/old"]) == ["/old"])
        #expect(locations(["HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old"]) == ["/new"])
        #expect(locations(["HF_HUB_CACHE": ""]) == [])
    }
}
