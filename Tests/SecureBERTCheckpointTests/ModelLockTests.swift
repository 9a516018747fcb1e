import SecureBERTCheckpoint
import SecureBERTJSON
import Testing
import TestSupport

@Suite struct ModelLockTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("config.json", #"{"model_type":"bert"}"#)
        try folder.write("model.safetensors", SafetensorsBytes.floats([("a", [1])]))
        try folder.write("1_Pooling/config.json", "{}")
        try folder.write("vocab.txt", "abc")
        try folder.write(".gitattributes", "hidden")
        try ModelLock(describing: folder.path).write(folder: folder.path)
    }

    private func refusal() throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try ModelFolder(path: folder.path) }
    }

    @Test func recordsEveryFile() throws {
        let lock = try ModelLock(folder: folder.path)
        #expect(lock.entries.map(\.path) == ["1_Pooling/config.json", "config.json", "model.safetensors", "vocab.txt"])
        // SHA-256 of "abc", FIPS 180-4.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(lock.entries.last?.byteCount == 3 && lock.entries.last?.sha256 == expected)
        try lock.verify(folder: folder.path)
        let model = try ModelFolder(path: folder.path)
        #expect(model.isLocked)
        #expect(try ModelSummary(model).json["locked"]?.boolValue == true)
        #expect(try ModelLock(describing: folder.path) == lock)
    }

    @Test func namesAChangedFile() throws {
        try folder.write("vocab.txt", "acb")
        let error = try refusal()
        #expect(error.code == .integrity && error.file.hasSuffix("/vocab.txt"))
        #expect(
            error.problem.contains("expected 3 bytes with SHA-256 ba7816bf") && error.problem.contains("found 3 bytes"))
        _ = try ModelFolder(path: folder.path, verifiesLock: false)
    }

    @Test func namesAMissingAndAnAddedFile() throws {
        try folder.write("pytorch_model.bin", "x")
        #expect(try refusal().problem.contains("is not listed in models.lock"))
        try ModelLock(describing: folder.path).write(folder: folder.path)
        _ = try ModelFolder(path: folder.path)
        let smaller = try TemporaryFolder()
        try smaller.write("models.lock", folder.read("models.lock"))
        try smaller.write("config.json", folder.read("config.json"))
        let error = try #require(throws: CheckpointError.self) { try ModelFolder(path: smaller.path) }
        #expect(error.code == .integrity && error.problem.contains("missing"))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"version":2,"files":{}}"#, #"{"version":1,"files":{"../x":{"size":1,"sha256":""}}}"#,
        #"{"version":1,"files":{"x":{"size":-1,"sha256":""}}}"#,
        #"{"version":1,"files":{"x":{"size":1,"sha256":"00"}}}"#,
        #"{"version":1,"files":{"x":1}}"#,
    ])
    func refusesAnInvalidLock(text: String) throws {
        try folder.write("models.lock", text)
        #expect(try refusal().file.hasSuffix("models.lock"))
    }
}
