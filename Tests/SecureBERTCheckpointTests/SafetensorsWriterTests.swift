import SecureBERTCheckpoint
import SecureBERTTensor
import Testing
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct SafetensorsWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func tensor(_ shape: [Int]) throws -> Tensor {
        try Tensor((0..<shape.reduce(1, *)).map(Float.init), shape: shape)
    }

    @Test func readsBackWhatItWrites() throws {
        let path = folder.file("model.safetensors")
        try SafetensorsWriter.write(
            [
                ("b", tensor([2, 3])), ("a\u{1F600}\"\\\n", tensor([1])), ("empty", tensor([0, 4])),
                ("scalar", tensor([])),
            ],
            metadata: [("format", "pt")], to: path)
        let file = try SafetensorsFile(path: path)
        #expect(Set(file.tensorNames) == ["b", "a\u{1F600}\"\\\n", "empty", "scalar"])
        #expect(try file.tensor(named: "b").floats() == [0, 1, 2, 3, 4, 5])
        #expect(try file.tensor(named: "empty").shape.dimensions == [0, 4])
        #expect(file.metadata.map(\.value) == ["pt"])
        #expect(folder.names() == ["model.safetensors"])
    }

    @Test func alignsEveryTensorWhateverTheOrder() throws {
        let path = folder.file("mixed")
        let odd = try SafetensorsFile(
            path: folder.write(
                "bytes",
                SafetensorsBytes.file(header: "{\(SafetensorsBytes.entry("q", "I8", [3], 0, 3))}", data: [1, 2, 3])))
        try SafetensorsWriter.write(
            [("a", odd.tensor(named: "q")), ("b", tensor([2])), ("c", odd.tensor(named: "q"))], to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.tensorNames == ["b", "a", "c"])
        let first = try file.tensor(named: "b")
        #expect(first.storage.file?.path == path && first.storage.fileRange?.lowerBound.isMultiple(of: 8) == true)
    }

    @Test func refusesWhatWasNotAnnounced() throws {
        let path = folder.file("model.safetensors")
        let entry = SafetensorsWriter.Entry(name: "a", type: .float32, shape: try Shape([2]))
        let writer = try SafetensorsWriter(path: path, tensors: [entry])
        #expect(throws: CheckpointError.self) { try writer.write(tensor([2]), named: "b") }
        #expect(throws: CheckpointError.self) { try writer.write(tensor([3]), named: "a") }
        #expect(throws: CheckpointError.self) { try writer.finish() }
        try writer.write(tensor([2]), named: "a")
        #expect(throws: CheckpointError.self) { try writer.write(tensor([2]), named: "a") }
        try writer.finish()
        #expect(throws: CheckpointError.self) { try SafetensorsWriter(path: path, tensors: [entry, entry]) }
        #expect(throws: CheckpointError.self) {
            try SafetensorsWriter(path: path, tensors: [.init(name: "__metadata__", type: .int8, shape: entry.shape)])
        }
        #expect(throws: CheckpointError.self) {
            try SafetensorsWriter(path: path, tensors: [], metadata: [("k", "1"), ("k", "2")])
        }
    }

    @Test func anAbandonedWriteLeavesTheOldFile() throws {
        let path = try folder.write("model.safetensors", SafetensorsBytes.floats([("old", [1])]))
        do {
            let writer = try SafetensorsWriter(
                path: path, tensors: [.init(name: "a", type: .float32, shape: Shape([2]))])
            try writer.write(tensor([2]), named: "a")
            #expect(folder.names().count == 2)
        }
        #expect(folder.names() == ["model.safetensors"])
        #expect(try SafetensorsFile(path: path).tensorNames == ["old"])
    }

    @Test func aMappedFileSurvivesBeingReplaced() throws {
        let path = try folder.write("model.safetensors", SafetensorsBytes.floats([("a", [1000])]))
        let old = try SafetensorsFile(path: path).tensor(named: "a")
        try SafetensorsWriter.write([("a", tensor([1]))], to: path)
        #expect(try old.floats().last == 999)
        #expect(try SafetensorsFile(path: path).tensor(named: "a").shape.dimensions == [1])
    }

    @Test func saysWhyItCannotWrite() throws {
        let missing = try #require(throws: CheckpointError.self) {
            try SafetensorsWriter.write([("a", tensor([1]))], to: folder.file("no/such/folder"))
        }
        #expect(missing.code == .writeFailed && missing.problem.contains("No such file or directory"))
        let directory = try #require(throws: CheckpointError.self) {
            try SafetensorsWriter.write([("a", tensor([1]))], to: folder.path)
        }
        #expect(directory.problem.contains("is a directory"))
    }

    /// A file size limit stands in for a full disk: both make a write fail half-way. It holds for a whole process, so the
    /// writing is done in another one.
    @Test func aFullDiskLeavesTheOldFileAndNothingElse() async throws {
        let path = try folder.write("model.safetensors", SafetensorsBytes.floats([("old", [1])]))
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            #if canImport(Glibc)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #else
                setrlimit(RLIMIT_FSIZE, &limit)
            #endif
            do {
                let elements = [Float](repeating: 1, count: 100_000)
                try SafetensorsWriter.write([("a", Tensor(elements, shape: [100_000]))], to: path)
            } catch let error as CheckpointError
                where error.code == .writeFailed && error.problem.contains("File too large")
            {
                exit(42)
            }
        }
        #expect(folder.names() == ["model.safetensors"])
        #expect(try SafetensorsFile(path: path).tensorNames == ["old"])
    }
}
