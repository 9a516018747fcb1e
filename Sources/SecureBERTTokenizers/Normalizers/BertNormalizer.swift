/// The normalizer of BERT: cleans control characters, separates CJK ideographs, strips accents, lowercases.
struct BertNormalizer: Sendable, Equatable {
    var cleansText: Bool
    var separatesCJK: Bool
    var stripsAccents: Bool
    var lowercases: Bool

    func apply(to text: inout AlignedText) {
        if text.isIdentity, applyInPlace(to: &text) || applyInOnePass(to: &text) { return }
        applyStepwise(to: &text)
    }

    /// Plain ASCII without control characters keeps its length: bytes change in place. False when it is anything else.
    private func applyInPlace(to text: inout AlignedText) -> Bool {
        let suits = text.bytes.withUnsafeBufferPointer { buffer in
            buffer.allSatisfy { $0 < 0x7F && ($0 >= 0x20 || !cleansText || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }
        }
        guard suits else { return false }
        let (cleans, lowers) = (cleansText, lowercases)
        text.bytes.withUnsafeMutableBufferPointer { buffer in
            for index in buffer.indices {
                let byte = buffer[index]
                if lowers, byte >= 0x41, byte <= 0x5A {
                    buffer[index] = byte | 0x20
                } else if cleans, byte < 0x20 {
                    buffer[index] = 0x20
                }
            }
        }
        return true
    }

    /// All four steps scalar by scalar, every result aligned with its source. That is what the steps give one after
    /// the other unless marks of the source trade places; then false, and the text is as before.
    private func applyInOnePass(to text: inout AlignedText) -> Bool {
        let properties = UnicodeTables.properties
        var result = AlignedText(emptyAt: text.base, capacity: text.bytes.count + text.bytes.count / 8)
        let base = text.base
        let succeeded = text.bytes.withUnsafeBufferPointer { buffer -> Bool in
            guard let bytes = buffer.baseAddress else { return true }
            var position = 0
            while position < buffer.count {
                let (scalar, length) = UTF8Reading.scalar(bytes, at: position)
                let start = UInt32(truncatingIfNeeded: base &+ position)
                let end = start &+ UInt32(truncatingIfNeeded: length)
                position &+= length
                let property = properties[scalar]
                if stripsAccents, property & ScalarProperty.reorders != 0 { return false }
                var cleaned = scalar
                if cleansText {
                    if Self.isRemoved(scalar, property) { continue }
                    if Self.isSpace(scalar, property) { cleaned = 0x20 }
                }
                if separatesCJK, property & ScalarProperty.cjk != 0 {
                    result.append(0x20, start: start, end: end)
                    emit(cleaned, into: &result, start: start, end: end)
                    result.append(0x20, start: start, end: end)
                } else {
                    emit(cleaned, into: &result, start: start, end: end)
                }
            }
            return true
        }
        if succeeded { text = result }
        return succeeded
    }

    /// Decomposes, drops marks and lowercases one scalar.
    @inline(__always)
    private func emit(_ scalar: UInt32, into result: inout AlignedText, start: UInt32, end: UInt32) {
        if scalar < 0x80 {
            let isUpper = lowercases && scalar >= 0x41 && scalar <= 0x5A
            result.append(isUpper ? scalar | 0x20 : scalar, start: start, end: end)
            return
        }
        guard stripsAccents else {
            lower(scalar, into: &result, start: start, end: end)
            return
        }
        if UnicodeTables.properties[scalar] & ScalarProperty.inertNFD != 0 {
            if UnicodeTables.properties[scalar] & ScalarProperty.nonspacingMark == 0 {
                lower(scalar, into: &result, start: start, end: end)
            }
            return
        }
        var single = AlignedText(emptyAt: 0, capacity: 4)
        single.append(scalar, start: 0, end: 0)
        UnicodeNormalization.nfd.apply(to: &single)
        for part in single.scalars() where UnicodeTables.properties[part] & ScalarProperty.nonspacingMark == 0 {
            lower(part, into: &result, start: start, end: end)
        }
    }

    @inline(__always)
    private func lower(_ scalar: UInt32, into result: inout AlignedText, start: UInt32, end: UInt32) {
        if lowercases, let parts = Normalizer.lowercase(scalar) {
            for part in parts { result.append(part, start: start, end: end) }
        } else {
            result.append(scalar, start: start, end: end)
        }
    }

    /// The steps one after the other, as the reference runs them.
    private func applyStepwise(to text: inout AlignedText) {
        let properties = UnicodeTables.properties
        if cleansText {
            text.filter { !Self.isRemoved($0, properties[$0]) }
            text.map { Self.isSpace($0, properties[$0]) ? 0x20 : $0 }
        }
        if separatesCJK {
            var changes: [ScalarChange] = []
            for scalar in text.scalars() {
                if properties[scalar] & ScalarProperty.cjk != 0 {
                    changes.append(ScalarChange(scalar: 0x20, change: 0))
                    changes.append(ScalarChange(scalar: scalar, change: 1))
                    changes.append(ScalarChange(scalar: 0x20, change: 1))
                } else {
                    changes.append(ScalarChange(scalar: scalar, change: 0))
                }
            }
            text.rewrite(changes)
        }
        if stripsAccents {
            UnicodeNormalization.nfd.apply(to: &text)
            text.filter { properties[$0] & ScalarProperty.nonspacingMark == 0 }
        }
        if lowercases { Normalizer.lowercase(&text) }
    }

    private static func isRemoved(_ scalar: UInt32, _ property: UInt16) -> Bool {
        property & ScalarProperty.control != 0 || scalar == 0 || scalar == 0xFFFD
    }

    private static func isSpace(_ scalar: UInt32, _ property: UInt16) -> Bool {
        property & ScalarProperty.whitespace != 0 || scalar == 0x09 || scalar == 0x0A || scalar == 0x0D
    }
}
