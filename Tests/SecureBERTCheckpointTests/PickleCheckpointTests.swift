import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import Testing
import TestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct PickleCheckpointTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func fixture(_ name: String) -> String { "\(Fixtures.path)/pickles/\(name)" }

    private func read(_ name: String) throws -> [UInt8] {
        guard let stream = fopen(fixture(name), "rb") else { throw TestFileMissing() }
        defer { fclose(stream) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        return Array(buffer[..<fread(&buffer, 1, buffer.count, stream)])
    }

    private struct TestFileMissing: Error {}

    private func open(_ bytes: [UInt8]) throws -> PickleCheckpoint {
        try PickleCheckpoint(path: folder.write("pytorch_model.bin", bytes))
    }

    private func archive(_ pickle: [UInt8], _ data: [UInt8]) -> ZipBytes {
        ZipBytes([.init("a/data.pkl", pickle), .init("a/byteorder", Array("little".utf8)), .init("a/data/0", data)])
    }

    private func refusal(_ bytes: [UInt8]) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open(bytes) }
    }

    private func elements(_ tensor: Tensor) -> [Double] {
        (0..<tensor.shape.count).map { index in
            let bytes = tensor.storage.bytes
            let offset = tensor.byteOffset + index * tensor.elementType.byteCount
            switch tensor.elementType {
            case .float32: return Double(bytes.loadUnaligned(fromByteOffset: offset, as: Float.self))
            case .float16: return Double(bytes.loadUnaligned(fromByteOffset: offset, as: Float16.self))
            case .bfloat16:
                let high = UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16
                return Double(Float(bitPattern: high))
            case .int8: return Double(bytes.loadUnaligned(fromByteOffset: offset, as: Int8.self))
            case .int32: return Double(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
            }
        }
    }

    @Test(arguments: ["zip.bin", "legacy.bin", "protocol4.bin"])
    func readsWhatTorchWrites(name: String) throws {
        let checkpoint = try PickleCheckpoint(path: fixture(name))
        let rows = try #require(try JSON.parse(read("expected.json")).arrayValue)
        #expect(checkpoint.tensorNames.count == rows.count)
        for row in rows {
            let name = try #require(row["name"]?.stringValue)
            let shape = try #require(row["shape"]?.arrayValue).compactMap(\.integerValue)
            let expected = try #require(row["elements"]?.arrayValue).compactMap(\.doubleValue)
            let type = try #require(row["type"]?.stringValue)
            #expect(checkpoint.tensorDescription(named: name)?.shape.dimensions == shape)
            guard let elementType = ElementType(rawValue: type) else {
                #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: name) }
                continue
            }
            let tensor = try checkpoint.tensor(named: name)
            #expect(tensor.elementType == elementType && tensor.shape.dimensions == shape)
            #expect(elements(tensor) == expected, "\(name)")
        }
    }

    @Test(arguments: ["state_dict.bin", "model.bin"])
    func findsNestedStateDictionaries(name: String) throws {
        let checkpoint = try PickleCheckpoint(path: fixture(name))
        #expect(checkpoint.tensorNames == ["inner"])
        #expect(try checkpoint.tensor(named: "inner").floats() == [1, 1])
    }

    @Test(arguments: [
        ("hostile2.bin", "posix.system"), ("hostile4.bin", "posix.system"), ("hostile-legacy.bin", "eval"),
        ("numpy.bin", "numpy"), ("module.bin", "torch.nn.modules.linear.Linear"),
    ])
    func refusesEveryOtherNameByName(file: String, name: String) throws {
        let error = try #require(throws: CheckpointError.self) { try PickleCheckpoint(path: fixture(file)) }
        #expect(error.code == .unsafe)
        #expect(error.problem.contains(name) && error.problem.contains("nothing was executed"))
    }

    @Test func executesNothing() throws {
        for protocolNumber in [2, 4] {
            let pickle = try read("hostile\(protocolNumber).bin")
            _ = try refusal(pickle)
        }
        #expect(access("executed", F_OK) != 0 && access(folder.file("executed"), F_OK) != 0)
    }

    @Test func readsHandMadeArchives() throws {
        let data = (0..<6).flatMap { LittleEndian.bytes(Float($0).bitPattern) }
        var zip = archive(PickleBytes.checkpoint(count: 6, sizes: [3, 2], strides: [1, 3]), data)
        #expect(try open(zip.bytes).tensor(named: "w").floats() == [0, 3, 1, 4, 2, 5])
        for index in zip.entries.indices { zip.entries[index].isLarge = true }
        zip.hasLargeEndRecord = true
        #expect(try open(zip.bytes).tensor(named: "w").floats() == [0, 3, 1, 4, 2, 5])
    }

    @Test(arguments: [
        // Elements outside the storage, negative and overflowing numbers, repeated elements.
        (6, 1, [3, 2], [2, 1]), (6, 0, [4, 2], [2, 1]), (6, 0, [3, 2], [3, 1]), (6, -1, [2], [1]), (6, 0, [2], [-1]),
        (6, 0, [-2], [1]), (6, 7, [0], [1]), (6, 0, [1_000_000_000_000], [0]), (6, 0, [2], [Int.max]),
        (6, Int.max, [2], [1]), (6, 0, [1 << 40, 1 << 40], [0, 0]), (6, 0, [3], [1, 1]), (7, 0, [6], [1]),
        (5, 0, [5], [1]), (-6, 0, [1], [1]), (Int.max, 0, [1], [1]),
    ])
    func refusesTensorsOutsideTheirStorage(count: Int, offset: Int, sizes: [Int], strides: [Int]) throws {
        let pickle = PickleBytes.checkpoint(count: count, offset: offset, sizes: sizes, strides: strides)
        let error = try refusal(archive(pickle, [UInt8](repeating: 0, count: 24)).bytes)
        #expect(error.code == .malformed)
    }

    @Test(arguments: [([1, 3], [Int.max, 1]), ([0, 1 << 40, 1 << 40], [1, 1, 1]), ([3, 1], [1, -5]), ([], [])])
    func oddButHarmlessStridesAreFine(sizes: [Int], strides: [Int]) throws {
        let pickle = PickleBytes.checkpoint(count: 6, sizes: sizes, strides: strides)
        let checkpoint = try? open(archive(pickle, [UInt8](repeating: 0, count: 24)).bytes)
        if let checkpoint { #expect(try checkpoint.tensor(named: "w").shape.dimensions == sizes) }
    }

    @Test func refusesBadPrograms() throws {
        let programs: [String] = [
            ".", "N", "0.", "t.", "(.", "e.", "]a.", "}s.", "Nb.", "NR.", "N)R.", "h\u{1}.", "Q.", ")Q.", "}NQ.", "N.N",
            "I1\n.", "(ios\nsystem\n.", "cos\nsystem\n.", "ctorch\nFloatStorage\n)R.",
            "ccollections\nOrderedDict\n(N)R.",
            "P1\n.", "\u{1}", "X", "X\u{1}\u{0}\u{0}\u{0}", "cos",
        ]
        for program in programs {
            var pickle = PickleBytes()
            pickle.code(program)
            _ = try refusal(archive(pickle.bytes, []).bytes)
        }
        for number: UInt8 in [0, 1, 6, 255] { _ = try refusal(archive([0x80, number] + Array("}.".utf8), []).bytes) }
        for operation: UInt8 in [0x81, 0x82, 0x83, 0x84, 0x8B, 0x8F, 0x90, 0x91, 0x92, 0x96, 0x97, 0x98, 0xFF] {
            var pickle = PickleBytes()
            pickle.raw([operation])
            let error = try refusal(archive(pickle.bytes, []).bytes)
            #expect(error.code == .unsupported && error.problem.contains("0x\(String(operation, radix: 16))"))
        }
    }

    /// Nesting, cycles and repetition are cheap to write down; none of them may exhaust the stack or memory.
    @Test func boundsWhatAProgramCanBuild() throws {
        func run(_ body: (inout PickleBytes) -> Void) throws -> CheckpointError {
            var pickle = PickleBytes()
            body(&pickle)
            return try refusal(archive(pickle.bytes, []).bytes)
        }
        let deep = try run { $0.raw([0x29] + [UInt8](repeating: 0x85, count: 2_000_000) + [0x2E]) }
        #expect(deep.code == .malformed)
        let wide = try run { $0.raw([UInt8](repeating: UInt8(ascii: "N"), count: 2_000_000)) }
        #expect(wide.code == .limitExceeded)
        let marks = try run { $0.raw([UInt8](repeating: UInt8(ascii: "("), count: 2_000_000)) }
        #expect(marks.code == .limitExceeded)
        let many = try run { pickle in
            for _ in 0..<5_000_000 { pickle.raw([UInt8(ascii: "]"), UInt8(ascii: "0")]) }
        }
        #expect(many.code == .limitExceeded)
        // A list is built once and then copied into an ordered dictionary again and again.
        let copies = try run { pickle in
            pickle.code("(")
            for _ in 0..<1000 {
                pickle.code("NN")
                pickle.raw([0x86])
            }
            pickle.code("lq\u{0}0")
            for _ in 0..<10_000 {
                pickle.global("collections", "OrderedDict")
                pickle.code("h\u{0}")
                pickle.raw([0x85])
                pickle.code("R0")
            }
        }
        #expect(copies.code == .limitExceeded)
        let cycle = try run { $0.code("]q\u{0}h\u{0}a.") }
        #expect(cycle.code == .malformed)
        let long = try run { $0.raw([UInt8](repeating: 0x95, count: 17 << 20)) }
        #expect(long.code == .limitExceeded)
    }

    @Test func refusesBadArchives() throws {
        let pickle = PickleBytes.checkpoint(count: 1, sizes: [1], strides: [1])
        let good = archive(pickle, [0, 0, 0, 0])
        func change(_ body: (inout ZipBytes) -> Void) throws -> CheckpointError {
            var zip = good
            body(&zip)
            return try refusal(zip.bytes)
        }
        for name in [
            "../a/data.pkl", "/a/data.pkl", "a/../data.pkl", "a\\data.pkl", "a//data.pkl", "", "a/\u{1}", "a/.",
        ] {
            #expect(try change { $0.entries[0].name = name }.code == .unsafe)
        }
        #expect(try change { $0.entries[2].method = 8 }.problem.contains("compressed (method 8)"))
        #expect(try change { $0.entries[2].flags = 1 }.problem.contains("encrypted"))
        #expect(try change { $0.entries[2].localName = "a/data/1" }.code == .malformed)
        #expect(try change { $0.entries[2].claimedSize = 400 }.code == .malformed)
        #expect(try change { $0.entries[2].claimedSize = .max - 1 }.code == .malformed)
        #expect(try change { $0.entries[2].claimedOffset = 1 << 30 }.code == .malformed)
        #expect(try change { $0.entries[2].name = "a/data.pkl" }.code == .malformed)
        #expect(try change { $0.claimedCount = 9 }.code == .malformed)
        #expect(try change { $0.entries[0].checksum = 1 }.problem.contains("checksum"))
        #expect(try change { $0.entries[1].content = Array("big".utf8) }.code == .unsupported)
        #expect(try change { $0.entries.removeLast() }.problem.contains("no entry for the storage"))
        #expect(try change { $0.entries.removeFirst() }.problem.contains("data.pkl"))
    }

    @Test func overlappingEntriesAreRefused() throws {
        // The directory points into the content of another entry, where a second header lies: the trick by which a
        // small archive claims any amount of data.
        let pickle = PickleBytes.checkpoint(count: 1, sizes: [1], strides: [1])
        let inner = Array(ZipBytes([.init("a/data/0", [0, 0, 0, 0])]).bytes.prefix(42))
        var zip = ZipBytes([.init("a/data.pkl", pickle), .init("a/outer", inner), .init("a/data/0", [0, 0, 0, 0])])
        let outerContent = 30 + "a/data.pkl".utf8.count + pickle.count + 30 + "a/outer".utf8.count
        zip.entries[2].claimedOffset = UInt32(outerContent)
        #expect(try refusal(zip.bytes).problem.contains("overlaps"))
    }

    @Test func truncationAndBitFlipsAreTypedErrors() throws {
        var generator = SeededGenerator(seed: 3)
        for name in ["zip.bin", "legacy.bin"] {
            let whole = try read(name)
            for _ in 0..<500 {
                _ = try refusal(Array(whole[..<Int.random(in: 0..<whole.count, using: &generator)]))
            }
            for _ in 0..<1500 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                do {
                    let checkpoint = try open(bytes)
                    for name in checkpoint.tensorNames { _ = try? checkpoint.tensor(named: name) }
                } catch let error as CheckpointError {
                    #expect(!error.problem.isEmpty)
                }
            }
        }
    }

    @Test func saysWhatAFileIsInstead() throws {
        let pointer = try refusal(Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8))
        #expect(pointer.problem.contains("git lfs pull"))
        #expect(try refusal(Array("<!DOCTYPE html>".utf8)).problem.contains("web page"))
        #expect(try refusal(Array("hello".utf8)).problem.contains("torch.save"))
        #expect(throws: CheckpointError.self) { try PickleCheckpoint(path: folder.path) }
    }

    @Test func readsShards() throws {
        for (index, name) in ["a", "b"].enumerated() {
            let pickle = PickleBytes.checkpoint(count: 1, sizes: [1], strides: [1]).map {
                $0 == UInt8(ascii: "w") ? UInt8(ascii: name == "a" ? "a" : "b") : $0
            }
            try folder.write("shard\(index).bin", archive(pickle, LittleEndian.bytes(Float(index).bitPattern)).bytes)
        }
        let index = try folder.write(
            "pytorch_model.bin.index.json", #"{"metadata":{},"weight_map":{"a":"shard0.bin","b":"shard1.bin"}}"#)
        let checkpoint = try ShardedCheckpoint(pickleIndex: index)
        #expect(try checkpoint.tensor(named: "b").floats() == [1])
        #expect(checkpoint.files.count == 2)
    }
}
