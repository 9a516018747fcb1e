import SecureBERTCheckpoint
import SecureBERTTensor
import Testing
import TestSupport

@Suite struct ShardedCheckpointTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("one.safetensors", SafetensorsBytes.floats([("a", [2])]))
        try folder.write("two.safetensors", SafetensorsBytes.floats([("b", [3]), ("c", [1])]))
    }

    private func open(_ map: String) throws -> ShardedCheckpoint {
        try ShardedCheckpoint(
            safetensorsIndex: folder.write("model.safetensors.index.json", #"{"weight_map":\#(map)}"#))
    }

    private func refusal(_ map: String) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open(map) }
    }

    @Test func readsTensorsFromTheirShards() throws {
        let checkpoint = try open(#"{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}"#)
        #expect(checkpoint.tensorNames == ["a", "b", "c"] && checkpoint.files.count == 2)
        #expect(try checkpoint.tensor(named: "b").floats() == [0, 1, 2])
        #expect(checkpoint.tensorDescription(named: "a")?.shape.dimensions == [2])
        #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "d") }
    }

    @Test func namesTheMissingShard() throws {
        let error = try refusal(#"{"a":"one.safetensors","d":"model-00003-of-00003.safetensors"}"#)
        #expect(error.code == .notFound)
        #expect(error.problem.contains(#"needs the file "model-00003-of-00003.safetensors", which is missing"#))
    }

    @Test func namesATensorThatIsNotInItsShard() throws {
        let error = try refusal(#"{"a":"two.safetensors"}"#)
        #expect(error.problem == #"says that "two.safetensors" holds the tensor "a", which is not in that file"#)
    }

    @Test(arguments: [
        #""../one.safetensors""#, #""/etc/passwd""#, #""sub/one.safetensors""#, #""..""#, #""""#, #""a\\b""#, "1",
        "null",
        #""one.safetensors\u0000""#, #"["one.safetensors"]"#,
    ])
    func shardNamesAreFileNamesOnly(value: String) throws {
        #expect(try refusal("{\"a\":\(value)}").code == .unsafe)
    }

    @Test func linksOutOfTheFolderAreRefusedAndHubCachesWork() throws {
        let outside = try TemporaryFolder()
        try outside.write("secret", SafetensorsBytes.floats([("a", [2])]))
        try folder.link("link.safetensors", to: outside.file("secret"))
        #expect(try refusal(#"{"a":"link.safetensors"}"#).code == .unsafe)

        let snapshot = "models--org--name/snapshots/abc"
        try folder.write("models--org--name/blobs/0123", SafetensorsBytes.floats([("a", [2])]))
        let index = try folder.write(
            "\(snapshot)/model.safetensors.index.json", #"{"weight_map":{"a":"s.safetensors"}}"#)
        try folder.link("\(snapshot)/s.safetensors", to: "../../blobs/0123")
        #expect(try ShardedCheckpoint(safetensorsIndex: index).tensor(named: "a").floats() == [0, 1])
    }

    @Test func refusesAnIndexThatIsNone() throws {
        for text in [
            "", "[]", "{}", #"{"weight_map":{}}"#, #"{"weight_map":[]}"#, #"{"weight_map":{"a":"x","a":"y"}}"#,
        ] {
            let path = try folder.write("index.json", text)
            #expect(throws: CheckpointError.self) { try ShardedCheckpoint(safetensorsIndex: path) }
        }
    }
}
