/// Rewrites the text before it is split. The cases and their meaning are those of tokenizer.json.
indirect enum Normalizer: Sendable, Equatable {
    case unicode(UnicodeNormalization)
    case lowercase
    case stripAccents
    case bert(BertNormalizer)
    /// Literal text and what replaces it.
    case replace(pattern: [UInt8], content: String)
    case prepend(String)
    case strip(left: Bool, right: Bool)
    case sequence([Normalizer])

    func apply(to text: inout AlignedText) {
        if text.bytes.isEmpty { return }
        switch self {
        case .unicode(let form): form.apply(to: &text)
        case .lowercase: Self.lowercase(&text)
        case .stripAccents:
            text.filter { UnicodeTables.properties[$0] & ScalarProperty.combiningMark == 0 }
        case .bert(let normalizer): normalizer.apply(to: &text)
        case .replace(let pattern, let content): Self.replace(pattern, by: content, in: &text)
        case .prepend(let content): Self.prepend(content, to: &text)
        case .strip(let left, let right): Self.strip(&text, left: left, right: right)
        case .sequence(let normalizers): for normalizer in normalizers { normalizer.apply(to: &text) }
        }
    }

    /// Whether the text certainly stays as it is, found without copying it.
    func leavesUnchanged(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
        switch self {
        case .unicode(let form): form.isInert(bytes, count: count)
        case .sequence(let normalizers): normalizers.allSatisfy { $0.leavesUnchanged(bytes, count: count) }
        default: false
        }
    }

    /// Whether the result on both sides of a place between a printable ASCII character and a space depends on that side alone.
    var isLocal: Bool {
        switch self {
        case .unicode, .lowercase, .stripAccents, .bert: true
        case .replace, .prepend, .strip: false
        case .sequence(let normalizers): normalizers.allSatisfy(\.isLocal)
        }
    }

    /// The lowercase of a scalar, or nil when it is its own.
    @inline(__always)
    static func lowercase(_ scalar: UInt32) -> ArraySlice<UInt32>? { UnicodeTables.lowercase[scalar] }

    static func lowercase(_ text: inout AlignedText) {
        if text.bytes.allSatisfy({ $0 < 0x80 }) {
            for index in text.bytes.indices where text.bytes[index] >= 0x41 && text.bytes[index] <= 0x5A {
                text.bytes[index] |= 0x20
            }
            return
        }
        var changes: [ScalarChange] = []
        changes.reserveCapacity(text.bytes.count)
        for scalar in text.scalars() {
            if let parts = lowercase(scalar) {
                for (index, part) in parts.enumerated() {
                    changes.append(ScalarChange(scalar: part, change: index == 0 ? 0 : 1))
                }
            } else {
                changes.append(ScalarChange(scalar: scalar, change: 0))
            }
        }
        text.rewrite(changes)
    }

    /// Inserted text takes the range of the last byte it replaces.
    private static func replace(_ pattern: [UInt8], by content: String, in text: inout AlignedText) {
        let matches = LiteralSearch.matches(of: pattern, in: text.bytes)
        guard !matches.isEmpty else { return }
        text.materialize()
        var result = AlignedText(emptyAt: text.base, capacity: text.bytes.count)
        var copied = 0
        func copy(to end: Int) {
            result.bytes.append(contentsOf: text.bytes[copied..<end])
            result.starts.append(contentsOf: text.starts[copied..<end])
            result.ends.append(contentsOf: text.ends[copied..<end])
        }
        for start in matches {
            copy(to: start)
            copied = start + pattern.count
            for scalar in content.unicodeScalars {
                result.append(scalar.value, start: text.starts[copied - 1], end: text.ends[copied - 1])
            }
        }
        copy(to: text.bytes.count)
        text = result
    }

    private static func prepend(_ content: String, to text: inout AlignedText) {
        var changes: [ScalarChange] = []
        for (index, scalar) in content.unicodeScalars.enumerated() {
            changes.append(ScalarChange(scalar: scalar.value, change: index == 0 ? 0 : 1))
        }
        let old = text.scalars()
        changes.append(ScalarChange(scalar: old[0], change: 1))
        changes.append(contentsOf: old.dropFirst().map { ScalarChange(scalar: $0, change: 0) })
        text.rewrite(changes)
    }

    private static func strip(_ text: inout AlignedText, left: Bool, right: Bool) {
        func isSpace(_ scalar: UInt32) -> Bool {
            UnicodeTables.properties[scalar] & ScalarProperty.whitespace != 0
        }
        let old = text.scalars()
        let leading = left ? old.prefix(while: isSpace).count : 0
        let trailing = right ? old.reversed().prefix(while: isSpace).count : 0
        guard leading + trailing > 0 else { return }
        let kept = leading + trailing < old.count ? old[leading..<(old.count - trailing)] : []
        text.rewrite(kept.map { ScalarChange(scalar: $0, change: 0) }, removedFirst: leading)
    }
}

/// Search for literal bytes.
enum LiteralSearch {
    /// Start positions of the non-overlapping matches, leftmost first. The pattern must not be empty. Linear in
    /// the text whatever the pattern (Knuth, Morris and Pratt).
    static func matches(of pattern: [UInt8], in text: [UInt8]) -> [Int] {
        guard let first = pattern.first, text.count >= pattern.count else { return [] }
        if pattern.count == 1 { return text.indices.filter { text[$0] == first } }
        var failure = [Int](repeating: 0, count: pattern.count)
        var length = 0
        for index in 1..<pattern.count {
            while length > 0, pattern[index] != pattern[length] { length = failure[length - 1] }
            if pattern[index] == pattern[length] { length += 1 }
            failure[index] = length
        }
        var result: [Int] = []
        length = 0
        for index in text.indices {
            while length > 0, text[index] != pattern[length] { length = failure[length - 1] }
            if text[index] == pattern[length] { length += 1 }
            if length == pattern.count {
                result.append(index + 1 - length)
                length = 0
            }
        }
        return result
    }
}
