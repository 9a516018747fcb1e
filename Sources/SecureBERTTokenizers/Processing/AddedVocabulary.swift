/// A token that is looked for in the text as it stands, before the model sees it.
struct AddedToken: Sendable, Equatable {
    var content: String
    /// Matches only where no word character touches it.
    var singleWord = false
    /// Takes the white space before it along.
    var stripsLeft = false
    /// Takes the white space behind it along.
    var stripsRight = false
    /// Looked for in the normalized text, in its own normalized form.
    var isNormalized = false
    /// Left out when decoding without special tokens.
    var isSpecial = false
}

/// The added tokens of a tokenizer and the search for them.
struct AddedVocabulary: Sendable {
    private(set) var tokens: [Int32: AddedToken] = [:]
    private var ids: [[UInt8]: Int32] = [:]
    private var specialContents: Set<[UInt8]> = []
    /// Normalized spelling of the tokens that have another one.
    private var spellings: [Int32: String] = [:]
    private var rawMatcher: Matcher?
    private var normalizedMatcher: Matcher?

    /// What is wrong with a token, as a clause.
    struct Problem: Error {
        let text: String
    }

    var count: Int { tokens.count }
    var largestID: Int32? { tokens.keys.max() }

    /// The id of an added token.
    func id(of content: String) -> Int32? { ids[Array(content.utf8)] }

    /// The spelling of an added token, normalized if that is how it is looked for.
    func spelling(of id: Int32) -> String? { spellings[id] ?? tokens[id]?.content }

    /// Whether decoding without special tokens leaves this text out.
    func isSpecial(_ token: String) -> Bool { specialContents.contains(Array(token.utf8)) }

    /// Adds tokens the way the reference does: a token the model knows keeps that id, others get the next free id.
    /// - Returns: the id of each token, nil for an empty one, which is ignored.
    mutating func add(
        _ newTokens: [AddedToken], model: Vocabulary, normalizer: Normalizer?
    ) throws(Problem) -> [Int32?] {
        var next = Int32(truncatingIfNeeded: model.count)
        if let largest = largestID, largest >= next { next = largest + 1 }
        var result: [Int32?] = []
        for token in newTokens {
            let bytes = Array(token.content.utf8)
            guard !bytes.isEmpty else {
                result.append(nil)
                continue
            }
            let id: Int32
            if let known = ids[bytes] ?? model.id(of: bytes) {
                id = known
            } else {
                id = next
                next += 1
            }
            guard id < Vocabulary.idLimit else { throw Problem(text: "there are more than \(Vocabulary.idLimit) ids") }
            ids[bytes] = id
            tokens[id] = token
            spellings[id] = nil
            if token.isSpecial { specialContents.insert(bytes) }
            if token.isNormalized, let normalizer {
                var text = bytes.withUnsafeBufferPointer { AlignedText(original: $0, range: 0..<$0.count) }
                normalizer.apply(to: &text)
                guard !text.bytes.isEmpty else {
                    throw Problem(text: "the normalizer leaves nothing of added token \"\(token.content)\"")
                }
                if text.bytes != bytes { spellings[id] = String(decoding: text.bytes, as: UTF8.self) }
            }
            result.append(id)
        }
        try rebuildMatchers()
        return result
    }

    private mutating func rebuildMatchers() throws(Problem) {
        var (raw, normalized) = (Matcher(), Matcher())
        for (id, token) in tokens {
            let spelling = spellings[id] ?? token.content
            let isNew =
                token.isNormalized
                ? normalized.insert(spelling, id: id, token: token) : raw.insert(spelling, id: id, token: token)
            guard isNew else { throw Problem(text: "two added tokens are both looked for as \"\(spelling)\"") }
        }
        rawMatcher = raw.isEmpty ? nil : raw
        normalizedMatcher = normalized.isEmpty ? nil : normalized
    }

    /// Whether no token looked for after normalization can reach over a place between a printable ASCII character and a space,
    /// or look over it.
    var allowsPieces: Bool {
        tokens.allSatisfy { id, token in
            guard token.isNormalized else { return true }
            let spelling = Array((spellings[id] ?? token.content).utf8)
            let spansSpace = zip(spelling, spelling.dropFirst()).contains { $0 > 0x20 && $0 < 0x7F && $1 == 0x20 }
            return !token.singleWord && !token.stripsRight && !spansSpace
        }
    }

    /// A part of the text: an added token, or text (id nil).
    struct Segment {
        var range: Range<Int>
        var id: Int32?
    }

    /// Cuts the text at the tokens looked for before normalization.
    func rawSegments(in view: TextView) -> [Segment] { Self.segments(in: view, rawMatcher) }

    /// Cuts normalized text at the tokens looked for after normalization.
    func normalizedSegments(in view: TextView) -> [Segment] { Self.segments(in: view, normalizedMatcher) }

    private static func segments(in view: TextView, _ matcher: Matcher?) -> [Segment] {
        matcher?.segments(in: view) ?? [Segment(range: 0..<view.count, id: nil)]
    }
}

extension AddedVocabulary {
    /// Finds the leftmost, then longest, occurrences of a set of tokens.
    private struct Matcher: Sendable {
        private var trie = ByteTrie()
        private var tokens: [Int32: AddedToken] = [:]
        /// First and second bytes a token can start with: one bit per pair, so that almost every position of a
        /// text is dismissed with one look.
        private var pairs = [UInt64](repeating: 0, count: 1024)

        var isEmpty: Bool { tokens.isEmpty }

        mutating func insert(_ spelling: String, id: Int32, token: AddedToken) -> Bool {
            guard trie.insert(spelling.utf8, value: id) else { return false }
            tokens[id] = token
            let bytes = Array(spelling.utf8.prefix(2))
            let seconds = bytes.count > 1 ? bytes[1]...bytes[1] : 0...255
            for second in seconds {
                let pair = Int(bytes[0]) << 8 | Int(second)
                pairs[pair >> 6] |= 1 << UInt64(pair & 63)
            }
            return true
        }

        /// The next occurrence at or after `start`.
        private func next(in view: TextView, from start: Int) -> (range: Range<Int>, id: Int32)? {
            let bytes = view.bytes
            return pairs.withUnsafeBufferPointer { pairs in
                var position = start
                while position < view.count {
                    if position &+ 1 < view.count {
                        let pair = Int(bytes[position]) << 8 | Int(bytes[position &+ 1])
                        if pairs[pair >> 6] & (1 << UInt64(truncatingIfNeeded: pair & 63)) == 0 {
                            position &+= 1
                            continue
                        }
                    }
                    if let match = trie.longestMatch(in: bytes, from: position, to: view.count) {
                        return (position..<match.end, match.value)
                    }
                    position &+= 1
                }
                return nil
            }
        }

        func segments(in view: TextView) -> [Segment] {
            var result: [Segment] = []
            var searched = 0
            var copied = 0
            while let match = next(in: view, from: searched) {
                searched = match.range.upperBound
                guard let token = tokens[match.id] else { continue }
                var (start, end) = (match.range.lowerBound, match.range.upperBound)
                if token.singleWord, touchesWord(view, start: start, end: end) { continue }
                if token.stripsLeft {
                    while start > copied, let previous = spaceStart(view, before: start) { start = previous }
                    start = max(start, copied)
                }
                if token.stripsRight {
                    while let next = spaceEnd(view, from: end) { end = next }
                }
                if copied < start { result.append(Segment(range: copied..<start, id: nil)) }
                if start < end { result.append(Segment(range: start..<end, id: match.id)) }
                copied = end
            }
            if copied < view.count { result.append(Segment(range: copied..<view.count, id: nil)) }
            return result
        }

        private func touchesWord(_ view: TextView, start: Int, end: Int) -> Bool {
            func isWord(at position: Int) -> Bool {
                let scalar = UTF8Reading.scalar(view.bytes, at: position).value
                return UnicodeTables.properties[scalar] & ScalarProperty.word != 0
            }
            return start > 0 && isWord(at: UTF8Reading.scalarStart(view.bytes, before: start))
                || end < view.count && isWord(at: end)
        }

        private func spaceStart(_ view: TextView, before position: Int) -> Int? {
            let start = UTF8Reading.scalarStart(view.bytes, before: position)
            let scalar = UTF8Reading.scalar(view.bytes, at: start).value
            return UnicodeTables.properties[scalar] & ScalarProperty.whitespace != 0 ? start : nil
        }

        private func spaceEnd(_ view: TextView, from position: Int) -> Int? {
            guard position < view.count else { return nil }
            let (scalar, length) = UTF8Reading.scalar(view.bytes, at: position)
            return UnicodeTables.properties[scalar] & ScalarProperty.whitespace != 0 ? position + length : nil
        }
    }
}
