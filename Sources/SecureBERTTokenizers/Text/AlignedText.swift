/// A piece of the input on its way through the normalizers: the current bytes, and for every byte the range of the
/// original text it came from.
///
/// Positions are absolute byte offsets into the original text, below 2^31 (``Tokenizer`` refuses longer texts).
/// While nothing has changed the text, or only single bytes in place, no ranges are stored and byte i comes from
/// original byte `base + i`.
struct AlignedText {
    var bytes: [UInt8]
    /// Start of the original range of every byte; empty while the alignment is the identity.
    var starts: [UInt32] = []
    /// End of the original range of every byte; empty while the alignment is the identity.
    var ends: [UInt32] = []
    /// Original position of the piece.
    let base: Int
    var isIdentity = true

    /// The piece `range` of the original text, unchanged.
    init(original: UnsafeBufferPointer<UInt8>, range: Range<Int>) {
        bytes = Array(original[range])
        base = range.lowerBound
    }

    /// An empty result that explicit ranges will be appended to.
    init(emptyAt base: Int, capacity: Int) {
        bytes = []
        self.base = base
        isIdentity = false
        bytes.reserveCapacity(capacity)
        starts.reserveCapacity(capacity)
        ends.reserveCapacity(capacity)
    }

    /// Stores the ranges explicitly: every byte of a scalar comes from the whole scalar.
    mutating func materialize() {
        guard isIdentity else { return }
        isIdentity = false
        starts.reserveCapacity(bytes.count)
        ends.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let length = UTF8Reading.length(lead: bytes[position])
            let start = UInt32(truncatingIfNeeded: base + position)
            for _ in 0..<length {
                starts.append(start)
                ends.append(start &+ UInt32(truncatingIfNeeded: length))
            }
            position += length
        }
    }

    /// Appends one scalar that comes from the given original range.
    @inline(__always)
    mutating func append(_ scalar: UInt32, start: UInt32, end: UInt32) {
        for _ in 0..<UTF8Reading.append(scalar, to: &bytes) {
            starts.append(start)
            ends.append(end)
        }
    }

    /// The scalars of the current text.
    func scalars() -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(bytes.count)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            while position < buffer.count {
                let (scalar, length) = UTF8Reading.scalar(pointer, at: position)
                result.append(scalar)
                position += length
            }
        }
        return result
    }
}

/// One step of a rewriting: a scalar of the new text and how it relates to the old one.
///
/// `change` is 0 when it replaces the next old scalar, 1 when it is inserted behind the previous one, and -n when it
/// replaces the next old scalar and the n after it are removed. This is the reference's convention, and following it
/// literally is what makes offsets agree where scalars merge, split and trade places.
struct ScalarChange {
    var scalar: UInt32
    var change: Int
}

extension AlignedText {
    /// Rewrites the whole text.
    /// - Parameters:
    ///   - changes: the new text, in order.
    ///   - removedFirst: how many old scalars are removed before the first step.
    mutating func rewrite(_ changes: some Sequence<ScalarChange>, removedFirst: Int = 0) {
        materialize()
        var result = AlignedText(emptyAt: base, capacity: bytes.count)
        var position = 0
        for _ in 0..<removedFirst { skipScalar(&position) }
        let origin = UInt32(truncatingIfNeeded: base)
        for step in changes {
            let source = step.change > 0 ? position - 1 : min(position, bytes.count - 1)
            let start = source < 0 ? origin : starts[source]
            let end = source < 0 ? origin : ends[source]
            result.append(step.scalar, start: start, end: end)
            if step.change <= 0 {
                for _ in 0...(-step.change) { skipScalar(&position) }
            }
        }
        self = result
    }

    private func skipScalar(_ position: inout Int) {
        if position < bytes.count { position += UTF8Reading.length(lead: bytes[position]) }
    }

    /// Keeps the scalars that satisfy the condition.
    mutating func filter(_ keep: (UInt32) -> Bool) {
        let old = scalars()
        guard !old.allSatisfy(keep) else { return }
        var changes: [ScalarChange] = []
        changes.reserveCapacity(old.count)
        var removedFirst = 0
        for scalar in old {
            if keep(scalar) {
                changes.append(ScalarChange(scalar: scalar, change: 0))
            } else if changes.isEmpty {
                removedFirst += 1
            } else {
                changes[changes.count - 1].change -= 1
            }
        }
        rewrite(changes, removedFirst: removedFirst)
    }

    /// Replaces every scalar by another one.
    mutating func map(_ transform: (UInt32) -> UInt32) {
        rewrite(scalars().map { ScalarChange(scalar: transform($0), change: 0) })
    }
}
