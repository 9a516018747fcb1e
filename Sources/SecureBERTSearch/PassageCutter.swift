import SecureBERT

/// Cuts a text into passages of at most so many tokens: whole paragraphs where they fit, whole sentences where those do, and between
/// words only where a sentence is longer than a passage. A passage begins with the last sentences of the one before it, and
/// headings stay with what follows them.
struct PassageCutter {
    /// The most tokens of a passage, special tokens included.
    let maximumTokens: Int
    /// The most tokens that a passage repeats.
    let overlapTokens: Int
    /// Tokens of a text, special tokens included.
    let tokenCount: (String) throws -> Int

    /// A stretch of the text that is not cut any more.
    private struct Piece {
        let range: Range<Int>
        /// Without special tokens.
        let tokens: Int
        let beginsParagraph: Bool
        let isHeading: Bool
    }

    /// The passages of a text, in order, with about how many tokens each has; none for a text of white space.
    func callAsFunction(_ text: String) throws -> [(passage: SearchPassage, tokens: Int)] {
        let bytes = Array(text.utf8)
        let special = try tokenCount("")
        let capacity = max(1, maximumTokens - special)
        let pieces = try self.pieces(text, bytes, special, capacity)
        let places = TextPlaces(bytes)
        var passages: [(passage: SearchPassage, tokens: Int)] = []
        var start = 0
        while start < pieces.count {
            let end = try self.end(pieces, start, bytes, capacity)
            let range = pieces[start].range.lowerBound..<pieces[end - 1].range.upperBound
            let passage = SearchPassage(
                text: String(decoding: bytes[range], as: UTF8.self), scalars: places.scalars(range),
                lines: places.lines(range))
            passages.append((passage, pieces[start..<end].reduce(0) { $0 + $1.tokens }))
            guard end < pieces.count else { break }
            start = overlapStart(pieces, start, end, capacity)
        }
        return passages
    }

    /// Behind the last piece of the passage that begins with a piece.
    private func end(_ pieces: [Piece], _ start: Int, _ bytes: [UInt8], _ capacity: Int) throws -> Int {
        var end = start
        var tokens = 0
        while end < pieces.count, end == start || tokens + pieces[end].tokens <= capacity {
            tokens += pieces[end].tokens
            end += 1
        }
        // Tokens of a text are not always those of its sentences.
        while end > start + 1 {
            let range = pieces[start].range.lowerBound..<pieces[end - 1].range.upperBound
            if try tokenCount(String(decoding: bytes[range], as: UTF8.self)) <= maximumTokens { break }
            end -= 1
        }
        guard end < pieces.count else { return end }
        if !pieces[end].beginsParagraph,
            let paragraph = (start + 1..<max(end, start + 1)).last(where: { pieces[$0].beginsParagraph }),
            pieces[start..<paragraph].reduce(0, { $0 + $1.tokens }) * 2 >= capacity
        {
            end = paragraph
        }
        while end > start + 1, pieces[end - 1].isHeading { end -= 1 }
        return end
    }

    /// Where the next passage begins: so many pieces before the end of this one as fit the overlap, and leave room for what
    /// comes next.
    private func overlapStart(_ pieces: [Piece], _ start: Int, _ end: Int, _ capacity: Int) -> Int {
        var next = end
        var shared = 0
        while next - 1 > start, !pieces[next].isHeading {
            let tokens = shared + pieces[next - 1].tokens
            guard tokens <= overlapTokens, tokens + pieces[end].tokens <= capacity else { break }
            shared = tokens
            next -= 1
        }
        return next
    }

    /// Sentences, or parts of those that are longer than a passage.
    private func pieces(_ text: String, _ bytes: [UInt8], _ special: Int, _ capacity: Int) throws -> [Piece] {
        func tokens(_ range: Range<Int>) throws -> Int {
            max(1, try tokenCount(String(decoding: bytes[range], as: UTF8.self)) - special)
        }
        var pieces: [Piece] = []
        var paragraphs = TextParagraphs(text)
        var paragraph = paragraphs.next()
        var beginsParagraph = true
        for sentence in TextSentences.ranges(in: text) {
            while let range = paragraph?.range, range.upperBound <= sentence.lowerBound {
                paragraph = paragraphs.next()
                beginsParagraph = true
            }
            let isHeading = bytes[sentence.lowerBound] == UInt8(ascii: "#")
            let count = try tokens(sentence)
            let parts = count <= capacity ? [sentence] : try self.parts(of: sentence, bytes, capacity, tokens)
            for part in parts {
                let tokens = parts.count == 1 ? count : try tokens(part)
                pieces.append(
                    Piece(
                        range: part, tokens: min(tokens, capacity), beginsParagraph: beginsParagraph,
                        isHeading: isHeading && parts.count == 1))
                beginsParagraph = false
            }
        }
        return pieces
    }

    /// Runs of words of a sentence that fit.
    private func parts(
        of sentence: Range<Int>, _ bytes: [UInt8], _ capacity: Int, _ tokens: (Range<Int>) throws -> Int
    ) throws -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var waiting = WordRuns(bytes, sentence).reversed() as [Range<Int>]
        while let run = waiting.popLast() {
            if try tokens(run) > capacity, let middle = bytes.cut(run) {
                waiting += [middle..<run.upperBound, run.lowerBound..<middle]
            } else {
                parts.append(run)
            }
        }
        return parts
    }
}

/// Runs of about 128 bytes of a long sentence, cut at white space where there is some.
private struct WordRuns: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var rest: Range<Int>
    private static let length = 128

    init(_ bytes: [UInt8], _ range: Range<Int>) { (self.bytes, rest) = (bytes, range) }

    mutating func next() -> Range<Int>? {
        guard !rest.isEmpty else { return nil }
        var end = Swift.min(rest.upperBound, rest.lowerBound + Self.length)
        if end < rest.upperBound {
            let window = rest.lowerBound + Self.length / 2..<end
            if let space = bytes[window].lastIndex(where: { $0 <= 0x20 }) {
                end = space + 1
            } else {
                while end < rest.upperBound, bytes[end] & 0xC0 == 0x80 { end += 1 }
            }
        }
        defer { rest = end..<rest.upperBound }
        return rest.lowerBound..<end
    }
}

extension [UInt8] {
    /// Where to cut a range in two, between characters; nil when it is one character.
    fileprivate func cut(_ range: Range<Int>) -> Int? {
        var middle = range.lowerBound + range.count / 2
        while middle > range.lowerBound, self[middle] & 0xC0 == 0x80 { middle -= 1 }
        if middle == range.lowerBound {
            middle += 1
            while middle < range.upperBound, self[middle] & 0xC0 == 0x80 { middle += 1 }
        }
        return middle < range.upperBound ? middle : nil
    }
}
