import SecureBERTTensor
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct TensorTests {
    @Test func shapesCheckTheirProduct() throws {
        #expect(try Shape([2, 3]).count == 6)
        #expect(try Shape([]).count == 1)
        #expect(try Shape([0, 5]).count == 0)
        #expect(throws: TensorError.self) { try Shape([-1, 2]) }
        // The overflow that several readers of safetensors got wrong.
        #expect(throws: TensorError.self) { try Shape([4_194_305, 4_194_305, 211_106_198_978_564]) }
    }

    @Test func elementsAndShapeMustAgree() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
        #expect(try tensor.rows(1..<3).floats() == [3, 4, 5, 6])
        #expect(try tensor.rows(3..<3).floats() == [])
        #expect(try tensor.reshaped([6]).shape.dimensions == [6])
        #expect(throws: TensorError.self) { try tensor.rows(2..<4) }
        #expect(throws: TensorError.self) { try tensor.reshaped([5]) }
        let error = try #require(throws: TensorError.self) { try Tensor([1], shape: [2, 2]) }
        #expect(error.description == "tensor: expected 4 elements for shape [2, 2], found 1")
    }

    @Test func viewsStayInsideTheirStorage() throws {
        let storage = try TensorStorage(byteCount: 16)
        #expect(throws: TensorError.self) {
            try Tensor(storage: storage, byteOffset: 8, elementType: .float32, shape: Shape([3]))
        }
        #expect(throws: TensorError.self) {
            try Tensor(storage: storage, byteOffset: 2, elementType: .float32, shape: Shape([1]))
        }
        #expect(throws: TensorError.self) {
            try Tensor(storage: storage, byteOffset: -4, elementType: .float32, shape: Shape([1]))
        }
        let bytes = try Tensor(storage: storage, byteOffset: 3, elementType: .int8, shape: Shape([5]))
        #expect(throws: TensorError.self) { try bytes.floats() }
    }

    @Test func mappingSaysWhatIsWrong() throws {
        let missing = try #require(throws: FileError.self) { try MappedFile(path: "/nonexistent/file") }
        #expect(missing.description == "/nonexistent/file: cannot be opened: No such file or directory")
        let folder = try #require(throws: FileError.self) { try MappedFile(path: "/tmp") }
        #expect(folder.description == "/tmp: is a directory, expected a file")
    }

    @Test func mappedBytesAreTheFiles() throws {
        let path = "/tmp/securebert-map-\(getpid())"
        let file = try #require(fopen(path, "w"))
        fputs("0123456789", file)
        fclose(file)
        defer { unlink(path) }
        let mapped = try MappedFile(path: path)
        #expect(Array(mapped.bytes) == Array("0123456789".utf8))
        mapped.discard(0..<10)
        #expect(mapped.bytes[9] == UInt8(ascii: "9"))
        let storage = try TensorStorage(file: mapped, range: 4..<8)
        #expect(Array(storage.bytes) == Array("4567".utf8))
        #expect(throws: TensorError.self) { try TensorStorage(file: mapped, range: 4..<11) }
    }
}
