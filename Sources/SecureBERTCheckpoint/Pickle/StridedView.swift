import SecureBERTTensor

/// A tensor of a torch checkpoint: some elements of a storage in a mapped file, reached by strides.
struct StridedView: Sendable {
    let type: TorchType
    let shape: Shape
    /// How many elements of the storage one step along each dimension is.
    let strides: [Int]
    /// Where the storage, or the view of it that is meant, lies in the file.
    let storage: Range<Int>
    /// The first element, in elements from the start of the storage.
    let offset: Int

    /// Checks a description against the storage it refers to.
    /// - Throws: ``CheckpointError`` when an element lies outside, a stride is negative, or the tensor has more elements
    ///   than the storage: repeating them would let a small file ask for any amount of memory.
    init(_ tensor: PickleTensor, name: String, content: PickleContent, file: String) throws(CheckpointError) {
        func refuse(_ problem: String) -> CheckpointError {
            CheckpointError(.malformed, file: file, "the tensor \(name.quoted) \(problem)")
        }
        let stored = content.objects.storages[tensor.storage]
        guard let whole = content.storageRanges[stored.key] else { throw refuse("has no data") }
        type = stored.type
        let size = stored.type.byteCount
        var range = whole
        if let view = stored.view {
            guard view.offset >= 0, view.count >= 0, view.offset <= stored.count,
                view.count <= stored.count - view.offset
            else {
                throw refuse(
                    "views \(view.count) elements at \(view.offset) of a storage of \(stored.count) elements")
            }
            let start = whole.lowerBound + view.offset * size
            range = start..<start + view.count * size
        }
        let available = range.count / size
        do {
            shape = try Shape(tensor.sizes)
        } catch {
            throw refuse("has the size \(tensor.sizes), expected non-negative numbers whose product fits 64 bits")
        }
        guard tensor.offset >= 0, tensor.offset <= available, shape.count <= available,
            let last = Self.lastElement(tensor, count: shape.count), last < available || shape.count == 0
        else {
            throw refuse(
                """
                has the size \(tensor.sizes) with strides \(tensor.strides) from element \(tensor.offset), which is not \
                inside its storage of \(available) elements
                """)
        }
        storage = range
        // A dimension of one element is never stepped along, and torch lets its stride be anything.
        strides = zip(tensor.sizes, tensor.strides).map { size, stride in size > 1 ? stride : 0 }
        offset = tensor.offset
    }

    /// The index in the storage of the element that lies furthest; nil for negative strides and overflow.
    private static func lastElement(_ tensor: PickleTensor, count: Int) -> Int? {
        var last = tensor.offset
        for (size, stride) in zip(tensor.sizes, tensor.strides) {
            let (distance, overflow) = stride.multipliedReportingOverflow(by: max(0, size - 1))
            let (sum, sumOverflow) = last.addingReportingOverflow(distance)
            guard stride >= 0, !overflow, !sumOverflow else { return nil }
            last = sum
        }
        return last
    }

    /// Whether the elements lie one behind the other in row-major order.
    private var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape.dimensions, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }

    /// The tensor: a view of the file when its elements are contiguous and aligned, a copy otherwise.
    func tensor(of file: MappedFile, elementType: ElementType) throws(TensorError) -> Tensor {
        let size = elementType.byteCount
        if shape.count == 0 || isContiguous {
            let start = storage.lowerBound + offset * size
            return try Tensor(
                mapping: start..<start + shape.count * size, of: file, elementType: elementType, shape: shape)
        }
        let tensor = try Tensor(uninitialized: shape, elementType: elementType)
        guard let target = tensor.mutableBytes else { return tensor }
        let source = UnsafeRawBufferPointer(rebasing: file.bytes[storage])
        switch size {
        case 1: gather(source, target, as: UInt8.self)
        case 2: gather(source, target, as: UInt16.self)
        default: gather(source, target, as: UInt32.self)
        }
        return tensor
    }

    /// Copies the elements in row-major order. The initializer has checked that all of them are inside the storage.
    private func gather<Element: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, as type: Element.Type
    ) {
        let size = MemoryLayout<Element>.size
        let target = target.bindMemory(to: Element.self)
        let rank = shape.rank
        var index = [Int](repeating: 0, count: rank)
        var position = offset
        for element in target.indices {
            target[element] = source.loadUnaligned(fromByteOffset: position * size, as: Element.self)
            for axis in stride(from: rank - 1, through: 0, by: -1) {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= index[axis] * strides[axis]
                index[axis] = 0
            }
        }
    }
}
