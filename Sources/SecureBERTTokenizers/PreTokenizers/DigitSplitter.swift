/// GPT-2's pattern after every numeric scalar has been cut out: what tokenizer.json writes as a `Digits` step with
/// individual digits before a `ByteLevel` step.
///
///     "port 8443"   ->   "port", " ", "8", "4", "4", "3"
struct DigitSplitter: PatternSplitter {
    private let base = GPT2Splitter()
    private let table = UnicodeTables.properties

    @inline(__always)
    func matchEnd(_ bytes: UnsafePointer<UInt8>, from position: Int, count: Int) -> Int {
        if isNumeric(bytes, position) { return position &+ UTF8Reading.length(lead: bytes[position]) }
        let end = base.matchEnd(bytes, from: position, count: count)
        var digit = position
        while digit < end {
            // The text ends before a digit, as far as the pattern is concerned.
            if isNumeric(bytes, digit) { return base.matchEnd(bytes, from: position, count: digit) }
            digit &+= UTF8Reading.length(lead: bytes[digit])
        }
        // Of white space the pattern leaves the last scalar to the word behind it, but not to a digit.
        if end < count, isSpace(bytes, end), isSpace(bytes, UTF8Reading.scalarStart(bytes, before: end)) {
            let next = end &+ UTF8Reading.length(lead: bytes[end])
            if next < count, isNumeric(bytes, next) { return next }
        }
        return end
    }

    @inline(__always)
    private func isNumeric(_ bytes: UnsafePointer<UInt8>, _ position: Int) -> Bool {
        let byte = bytes[position]
        if byte < 0x80 { return byte &- 0x30 < 10 }
        return table[UTF8Reading.scalar(bytes, at: position).value] & ScalarProperty.numeric != 0
    }

    @inline(__always)
    private func isSpace(_ bytes: UnsafePointer<UInt8>, _ position: Int) -> Bool {
        table[UTF8Reading.scalar(bytes, at: position).value] & ScalarProperty.space != 0
    }
}
