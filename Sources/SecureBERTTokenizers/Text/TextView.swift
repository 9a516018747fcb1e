/// Borrowed bytes of a piece with their alignment: what splitting and the models read.
///
/// Valid only inside the closure that made it. `bytes` is valid UTF-8 that starts and ends on scalar boundaries.
struct TextView {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    /// Original ranges per byte, or nil when byte i comes from original byte `base + i`.
    let starts: UnsafePointer<UInt32>?
    let ends: UnsafePointer<UInt32>?
    let base: Int

    /// Original position where the scalar that contains this byte starts.
    @inline(__always)
    func originalStart(_ position: Int) -> UInt32 {
        if let starts { return starts[position] }
        var start = position
        while start > 0, UTF8Reading.isContinuation(bytes[start]) { start &-= 1 }
        return UInt32(truncatingIfNeeded: base &+ start)
    }

    /// Original position where the scalar that contains the byte before `position` ends; `position` must not be 0.
    @inline(__always)
    func originalEnd(_ position: Int) -> UInt32 {
        if let ends { return ends[position &- 1] }
        var end = position
        while end < count, UTF8Reading.isContinuation(bytes[end]) { end &+= 1 }
        return UInt32(truncatingIfNeeded: base &+ end)
    }

    /// The part `range`, whose bounds must be scalar boundaries.
    func slice(_ range: Range<Int>) -> TextView {
        TextView(
            bytes: bytes + range.lowerBound, count: range.count, starts: starts.map { $0 + range.lowerBound },
            ends: ends.map { $0 + range.lowerBound }, base: base + range.lowerBound)
    }

    /// A copy that can be rewritten.
    func copy() -> AlignedText {
        var text = AlignedText(emptyAt: base, capacity: 0)
        text.bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
        if let starts, let ends {
            text.starts = Array(UnsafeBufferPointer(start: starts, count: count))
            text.ends = Array(UnsafeBufferPointer(start: ends, count: count))
        } else {
            text.isIdentity = true
        }
        return text
    }

    /// The text as a string.
    var string: String { String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self) }
}

extension AlignedText {
    /// Borrows the text; the view must not leave the closure.
    func withView<Result>(_ body: (TextView) -> Result) -> Result? {
        bytes.withUnsafeBufferPointer { bytes in
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    guard let pointer = bytes.baseAddress, !bytes.isEmpty else { return nil }
                    return body(
                        TextView(
                            bytes: pointer, count: bytes.count, starts: isIdentity ? nil : starts.baseAddress,
                            ends: isIdentity ? nil : ends.baseAddress, base: base))
                }
            }
        }
    }
}
