/// Memory for a kernel's output or input with a margin on both sides that must not change, and that spoils every result it
/// leaks into, since it is NaN.
public final class GuardedBuffer<Element: BitwiseCopyable> {
    private let memory: UnsafeMutableRawBufferPointer
    private static var margin: Int { 256 }
    private static var pattern: UInt8 { 0xff }  // an f32, f16 or bf16 of these bytes is NaN

    /// The number of elements between the margins.
    public let count: Int

    /// A copy of `elements` between two margins. The first element is aligned to 64 bytes, plus `misalignment` elements.
    public init(_ elements: [Element], misalignment: Int = 0) {
        count = elements.count
        let stride = MemoryLayout<Element>.stride
        memory = .allocate(byteCount: 2 * Self.margin + (count + misalignment) * stride, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.pattern)
        offset = Self.margin + misalignment * stride
        elements.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + source.count]).copyMemory(from: source)
        }
    }

    private let offset: Int

    deinit {
        memory.deallocate()
    }

    /// The first element.
    public var pointer: UnsafeMutablePointer<Element>? {
        memory.baseAddress.map { ($0 + offset).assumingMemoryBound(to: Element.self) }
    }

    /// The elements as they are now.
    public var elements: [Element] {
        Array(UnsafeBufferPointer(start: pointer, count: count))
    }

    /// Whether no byte of the margins has changed.
    public var isIntact: Bool {
        let end = offset + count * MemoryLayout<Element>.stride
        return memory[..<offset].allSatisfy { $0 == Self.pattern } && memory[end...].allSatisfy { $0 == Self.pattern }
    }
}
