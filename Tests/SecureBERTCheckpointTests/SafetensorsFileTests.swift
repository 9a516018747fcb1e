import SecureBERTCheckpoint
import SecureBERTTensor
import Testing
import TestSupport

@Suite struct SafetensorsFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(path: folder.write("model.safetensors", bytes))
    }

    private func refusal(_ header: String, _ data: [UInt8] = []) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open(SafetensorsBytes.file(header: header, data: data)) }
    }

    @Test func readsTensorsInPlace() throws {
        let file = try open(SafetensorsBytes.floats([("a", [2, 3]), ("b", [4])]))
        #expect(file.tensorNames == ["a", "b"])
        let tensor = try file.tensor(named: "a")
        #expect(tensor.shape.dimensions == [2, 3])
        #expect(try tensor.floats() == [0, 1, 2, 3, 4, 5])
        #expect(file.tensorDescription(named: "b")?.byteCount == 16)
        #expect(throws: CheckpointError.self) { try file.tensor(named: "c") }
    }

    @Test func copiesUnalignedTensors() throws {
        // Headers of all lengths modulo 8 put the data at all alignments.
        for padding in 0..<8 {
            let header = "{\(SafetensorsBytes.entry("a", "F32", [2], 0, 8))}" + String(repeating: " ", count: padding)
            let data = LittleEndian.bytes(Float(1.5).bitPattern) + LittleEndian.bytes(Float(-2).bitPattern)
            let file = try open(SafetensorsBytes.file(header: header, data: data))
            #expect(try file.tensor(named: "a").floats() == [1.5, -2])
        }
    }

    @Test func readsMetadataEmptyTensorsAndScalars() throws {
        let header = """
            {"__metadata__":{"format":"pt"},\(SafetensorsBytes.entry("e", "F32", [0, 7], 0, 0)),\
            \(SafetensorsBytes.entry("f", "BF16", [3, 0], 0, 0)),\(SafetensorsBytes.entry("s", "F32", [], 0, 4)),\
            \(SafetensorsBytes.entry("t", "I8", [0], 4, 4))}
            """
        let file = try open(SafetensorsBytes.file(header: header, data: [0, 0, 0x80, 0x3F]))
        #expect(file.metadata.map(\.key) == ["format"])
        #expect(try file.tensor(named: "e").shape.count == 0)
        #expect(try file.tensor(named: "f").elementType == .bfloat16)
        #expect(try file.tensor(named: "s").floats() == [1])
        #expect(try file.tensor(named: "t").shape.dimensions == [0])
    }

    @Test func readsAnEmptyFileOfNoTensors() throws {
        #expect(try open(SafetensorsBytes.file(header: "{}", data: [])).tensorNames.isEmpty)
    }

    @Test func knowsEveryTypeAndConvertsFive() throws {
        for type in SafetensorsType.allCases {
            let bytes = type.bitCount
            let header = "{\(SafetensorsBytes.entry("a", type.rawValue, [8], 0, bytes))}"
            let file = try open(SafetensorsBytes.file(header: header, data: [UInt8](repeating: 0, count: bytes)))
            if let elementType = type.elementType {
                #expect(try file.tensor(named: "a").elementType == elementType)
            } else {
                let error = try #require(throws: CheckpointError.self) { try file.tensor(named: "a") }
                #expect(error.code == .unsupported && error.description.contains(type.rawValue))
            }
        }
    }

    /// The malformations other readers let through: see the safetensors attack corpus and the reports on its ports.
    @Test(arguments: [
        // Overflowing shapes: the product is 16 modulo 2^64.
        (#"{"a":{"dtype":"F32","shape":[4194305,4194305,211106198978564],"data_offsets":[0,16]}}"#, 16),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}"#, 0),
        // Offsets against shapes.
        (#"{"a":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8),
        // Negative, reversed, fractional, huge and missing offsets.
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4),
        // Shapes that are not.
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4),
        // Overlap, holes, remainders.
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
            12
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5),
        // An empty tensor in the middle of another one.
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"z":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
            8
        ),
        // Packed elements that are not whole bytes.
        (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2),
        // Types, duplicates, metadata, structure.
        (#"{"a":{"dtype":"Q4_K","shape":[1],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#, 4),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
        (#"{"__metadata__":{"k":"1","k":"2"}}"#, 0),
        (#"{"__metadata__":{"k":1}}"#, 0),
        (#"{"__metadata__":[]}"#, 0),
        (#"{"a":[]}"#, 0),
        (#"{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}"#, 4),
        (#"["a"]"#, 0),
        (#" {}"#, 0),
        (#"{}x"#, 0),
        (#"{"a""#, 0),
        (
            "{\"\u{E9}\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]},\"e\u{301}\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0
        ),
    ])
    func refusesLyingHeaders(header: String, dataByteCount: Int) throws {
        let error = try refusal(header, [UInt8](repeating: 0, count: dataByteCount))
        #expect(error.description.contains("model.safetensors"))
    }

    @Test func refusesInvalidUTF8InTheHeader() throws {
        var bytes = SafetensorsBytes.floats([("a", [1])])
        bytes[10] = 0xFF
        #expect(throws: CheckpointError.self) { try open(bytes) }
    }

    @Test func boundsTheHeader() throws {
        for length: UInt64 in [100_000_001, 1 << 40, .max, UInt64(Int.max)] {
            let bytes = SafetensorsBytes.file(headerLength: length, header: Array("{}".utf8), data: [])
            let error = try #require(throws: CheckpointError.self) { try open(bytes) }
            #expect(error.code == .malformed)
        }
        let separators = "{\"a\":[" + String(repeating: "1,", count: 2_000_001) + "1]}"
        #expect(try refusal(separators).code == .limitExceeded)
        #expect(try refusal(String(repeating: "{\"a\":", count: 5)).code == .malformed)
    }

    @Test func messagesNameTensorAndByteCounts() throws {
        let header =
            "{\(SafetensorsBytes.entry("first", "F32", [2], 0, 8)),\(SafetensorsBytes.entry("second", "F32", [2], 8, 16))}"
        let short = try refusal(header, [UInt8](repeating: 0, count: 11))
        #expect(short.code == .truncated)
        #expect(
            short.description.hasSuffix(
                """
                model.safetensors: its tensors take 16 bytes, and 11 bytes of data are there, the first incomplete one is \
                "second"; probably an incomplete download, fetch the file again
                """))
        let lying = try refusal("{\(SafetensorsBytes.entry("w", "F16", [3], 0, 8))}", [UInt8](repeating: 0, count: 8))
        #expect(lying.problem == #"the tensor "w" has the shape [3] in F16, which takes 6 bytes, and 8 bytes of data"#)
    }

    @Test func hostileNamesAreEscapedInMessages() throws {
        let error = try refusal(#"{"a\u001b[31m\u202e":{}}"#)
        #expect(error.description.contains(#"\u{1b}[31m\u{202e}"#))
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
    }

    @Test func truncationAnywhereIsATypedError() throws {
        let whole = SafetensorsBytes.floats((0..<20).map { ("encoder.layer.\($0).weight", [7, $0]) })
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let count = Int.random(in: 0..<whole.count, using: &generator)
            let error = try #require(throws: CheckpointError.self) { try open(Array(whole[..<count])) }
            #expect(error.code == .truncated && error.description.contains("incomplete download"))
        }
    }

    @Test func bitFlipsNeverCrash() throws {
        let whole = SafetensorsBytes.floats((0..<6).map { ("layer.\($0).weight", [3, $0]) })
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            do {
                let file = try open(bytes)
                for name in file.tensorNames { _ = try? file.tensor(named: name) }
            } catch let error as CheckpointError {
                #expect(!error.problem.isEmpty)
            }
        }
    }

    @Test func tellsWhatIsAtThePath() throws {
        #expect(throws: CheckpointError.self) { try SafetensorsFile(path: folder.path) }
        let directory = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: folder.path) }
        #expect(directory.problem == "is a directory, expected a file")
        let missing = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: folder.file("no")) }
        #expect(missing.code == .notFound && missing.problem == "does not exist")
        let device = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: "/dev/zero") }
        #expect(device.code == .unreadable)
        let empty = try #require(throws: CheckpointError.self) { try open([]) }
        #expect(empty.code == .truncated)
    }
}
