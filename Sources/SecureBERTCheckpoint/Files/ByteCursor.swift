/// Reads little-endian numbers and runs of bytes from untrusted memory; every read is bounds-checked and returns nil
/// at the end.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    /// Reads end here.
    let end: Int

    /// A cursor over part of the bytes; a range outside of them is cut to them.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        let range = range.clamped(to: 0..<bytes.count)
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { return nil }
        defer { position += size }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// The next `count` bytes as text; nil when they are not UTF-8.
    mutating func text(_ count: Int) -> String? {
        take(count).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The text before the next line feed, of at most 1,024 bytes, and steps over the line feed.
    mutating func line() -> String? {
        guard let length = bytes[position..<min(end, position + 1025)].firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        defer { position += 1 }
        return text(length - position)
    }
}

/// What a file that should hold tensors often holds instead.
func strangeContent(_ bytes: UnsafeRawBufferPointer) -> String? {
    func starts(_ text: StaticString) -> Bool {
        bytes.starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
    if starts("version https://git-lfs") {
        return "is a Git LFS pointer, not the file itself; run `git lfs pull` in the folder or download the file"
    }
    if starts("<!DOCTYPE") || starts("<!doctype") || starts("<html") {
        return "is a web page, probably an error page saved by a download; fetch the file again"
    }
    return nil
}
