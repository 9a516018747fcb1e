/// What a `Split` pre-tokenizer looks for.
enum SplitPattern: Sendable, Equatable {
    case literal([UInt8])
    case gpt2
    case gpt4(maximumDigits: Int)
    /// `\s` or, when `isRun`, `\s+`.
    case space(isRun: Bool)

    /// A regular expression of tokenizer.json, when it is one of the known ones.
    init?(regex: String) {
        switch regex {
        case GPT2Splitter.pattern: self = .gpt2
        case GPT4Splitter.pattern(maximumDigits: 3): self = .gpt4(maximumDigits: 3)
        case GPT4Splitter.pattern(maximumDigits: 1): self = .gpt4(maximumDigits: 1)
        case #"\s"#: self = .space(isRun: false)
        case #"\s+"#: self = .space(isRun: true)
        default:
            // Without characters that mean something to a regular expression it is literal text.
            let special = Array(#"\^$.|?*+()[]{}"#.utf8)
            guard !regex.isEmpty, regex.utf8.allSatisfy({ !special.contains($0) }) else { return nil }
            self = .literal(Array(regex.utf8))
        }
    }

    /// Cuts the text into matches and what lies between them.
    func pieces(of view: TextView) -> [SplitPiece] {
        switch self {
        case .literal(let literal):
            let text = Array(UnsafeBufferPointer(start: view.bytes, count: view.count))
            let starts = LiteralSearch.matches(of: literal, in: text)
            return SplitPiece.pieces(matches: starts.map { $0..<($0 + literal.count) }, count: view.count)
        case .gpt2: return Self.tile(view, GPT2Splitter())
        case .gpt4(let maximumDigits): return Self.tile(view, GPT4Splitter(maximumDigits: maximumDigits))
        case .space(let isRun):
            var pieces = SplitPiece.pieces(of: view) { $0 & ScalarProperty.space != 0 }
            if isRun { pieces = SplitPiece.joiningMatches(pieces) }
            return pieces
        }
    }

    private static func tile(_ view: TextView, _ splitter: some PatternSplitter) -> [SplitPiece] {
        var result: [SplitPiece] = []
        var position = 0
        while position < view.count {
            let end = splitter.matchEnd(view.bytes, from: position, count: view.count)
            result.append(SplitPiece(range: position..<end, isMatch: true))
            position = end
        }
        return result
    }
}

/// A part of a text that a pattern matched, or that lies between matches.
struct SplitPiece {
    var range: Range<Int>
    var isMatch: Bool

    /// The pieces around the given ascending matches.
    static func pieces(matches: [Range<Int>], count: Int) -> [SplitPiece] {
        var result: [SplitPiece] = []
        var position = 0
        for match in matches {
            if position < match.lowerBound {
                result.append(SplitPiece(range: position..<match.lowerBound, isMatch: false))
            }
            result.append(SplitPiece(range: match, isMatch: true))
            position = match.upperBound
        }
        if position < count { result.append(SplitPiece(range: position..<count, isMatch: false)) }
        return result
    }

    /// Every scalar whose property word satisfies the condition is a match of its own.
    static func pieces(of view: TextView, where isMatch: (UInt16) -> Bool) -> [SplitPiece] {
        let table = UnicodeTables.properties
        var matches: [Range<Int>] = []
        var position = 0
        while position < view.count {
            let (scalar, length) = UTF8Reading.scalar(view.bytes, at: position)
            if isMatch(table[scalar]) { matches.append(position..<(position + length)) }
            position += length
        }
        return pieces(matches: matches, count: view.count)
    }

    /// Adjacent matches made one.
    static func joiningMatches(_ pieces: [SplitPiece]) -> [SplitPiece] {
        var result: [SplitPiece] = []
        for piece in pieces {
            if piece.isMatch, let last = result.last, last.isMatch {
                result[result.count - 1].range = last.range.lowerBound..<piece.range.upperBound
            } else {
                result.append(piece)
            }
        }
        return result
    }
}

/// What happens to the matches of a split. The names are those of tokenizer.json.
enum SplitBehavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// The ranges that remain.
    func ranges(_ pieces: [SplitPiece]) -> [Range<Int>] {
        switch self {
        case .removed: return pieces.filter { !$0.isMatch }.map(\.range)
        case .isolated: return pieces.map(\.range)
        case .contiguous:
            return Self.joining(pieces) { $0.isMatch == $1 }
        case .mergedWithPrevious:
            return Self.joining(pieces) { $0.isMatch && !$1 }
        case .mergedWithNext:
            return Self.joining(pieces.reversed()) { $0.isMatch && !$1 }.reversed()
        }
    }

    /// Joins a piece to the range before it when the condition says so of the piece and of whether the one before
    /// was a match ("no" before the first).
    private static func joining(
        _ pieces: some Sequence<SplitPiece>, _ joins: (SplitPiece, Bool) -> Bool
    ) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var previousIsMatch = false
        for piece in pieces {
            if joins(piece, previousIsMatch), let last = result.last {
                result[result.count - 1] =
                    min(last.lowerBound, piece.range.lowerBound)..<max(last.upperBound, piece.range.upperBound)
            } else {
                result.append(piece.range)
            }
            previousIsMatch = piece.isMatch
        }
        return result
    }
}
