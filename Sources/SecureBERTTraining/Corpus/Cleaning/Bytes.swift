#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Borrowed bytes of a text. Cleaning works on bytes: Swift's characters would cost ten times as much.
package typealias ByteView = UnsafeBufferPointer<UInt8>

extension UInt8 {
    /// Space or tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    /// Space, tab, line feed and the like.
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLowercase: Bool { (0x61...0x7A).contains(self) }
    var isUppercase: Bool { (0x41...0x5A).contains(self) }
    var isLetter: Bool { ((self | 0x20) &- 0x61) < 26 }
    /// ASCII letter or digit, or a byte of a character beyond ASCII, most of which are letters.
    var isWord: Bool { isLetter || isDigit || self >= 0x80 }
    var isPunctuation: Bool { self > 0x20 && self < 0x7F && !isLetter && !isDigit }
    var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
}

extension UnsafeBufferPointer<UInt8> {
    /// Position of the byte at or after `start`; nil when there is none.
    func position(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Calls `body` with the range of each line, without its line feed. A text that ends in one has no empty last line.
    func forEachLine(_ body: (Range<Int>) -> Void) {
        var start = 0
        while start < count {
            let end = position(of: 0x0A, from: start) ?? count
            body(start..<end)
            start = end + 1
        }
    }

    /// The range without blanks at both ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isSpace { start += 1 }
        while end > start, self[end - 1].isSpace { end -= 1 }
        return start..<end
    }

    /// Whether the bytes at a position are those of the text.
    func has(_ text: StaticString, at position: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position >= 0, length <= count - position, let base = baseAddress else { return false }
        return memcmp(base + position, text.utf8Start, length) == 0
    }

    /// Whether the bytes at a position are those of a lowercase ASCII text, in any case.
    func hasIgnoringCase(_ text: StaticString, at position: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position >= 0, length <= count - position else { return false }
        for offset in 0..<length where self[position + offset].lowercased != text.utf8Start[offset] { return false }
        return true
    }

    /// Position of a text at or after `start`; nil when it does not occur.
    func position(of text: StaticString, from start: Int, to end: Int? = nil) -> Int? {
        let end = end ?? count
        let first = text.utf8Start[0]
        var position = start
        while let found = self.position(of: first, from: position), found < end {
            if has(text, at: found) { return found }
            position = found + 1
        }
        return nil
    }

    /// The bytes of a range as a string.
    func string(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// Whether the range holds only spaces.
    func isBlank(_ range: Range<Int>) -> Bool { self[range].allSatisfy(\.isSpace) }
}

extension [UInt8] {
    /// Runs the body over the bytes; an empty array gives an empty view.
    package func view<Value>(_ body: (ByteView) throws -> Value) rethrows -> Value { try withUnsafeBufferPointer(body) }

    /// Appends part of a borrowed text.
    mutating func append(_ text: ByteView, _ range: Range<Int>) {
        append(contentsOf: UnsafeBufferPointer(rebasing: text[range]))
    }

    /// Appends a literal.
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a character in UTF-8.
    mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Removes spaces and line feeds at the end.
    mutating func removeTrailingSpace() {
        while let last, last.isSpace { removeLast() }
    }
}
