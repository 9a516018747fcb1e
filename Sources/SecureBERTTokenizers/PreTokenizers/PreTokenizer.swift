/// One step of cutting the normalized text into pre-tokens. The cases and their meaning are those of tokenizer.json.
enum PreTokenizer: Sendable, Equatable {
    /// Puts a space in front, splits by the GPT-2 pattern, spells bytes in the byte-level alphabet.
    case byteLevel(addsPrefixSpace: Bool, splits: Bool)
    /// Runs of word characters and runs of other visible characters.
    case whitespace
    case whitespaceSplit
    /// White space separates, punctuation characters stand alone.
    case bert
    case punctuation(SplitBehavior)
    case digits(individual: Bool)
    /// With `inverts`, what lies between the matches is treated as the matches.
    case split(SplitPattern, SplitBehavior, inverts: Bool)

    /// The parts of a text that remain, or nil for `byteLevel`, which changes the text.
    private func ranges(of view: TextView) -> [Range<Int>]? {
        func split(_ behavior: SplitBehavior, where isMatch: (UInt16) -> Bool) -> [Range<Int>] {
            behavior.ranges(SplitPiece.pieces(of: view, where: isMatch))
        }
        switch self {
        case .byteLevel: return nil
        case .whitespaceSplit: return split(.removed) { $0 & ScalarProperty.whitespace != 0 }
        case .punctuation(let behavior): return split(behavior) { $0 & ScalarProperty.punctuation != 0 }
        case .digits(let individual):
            return split(individual ? .isolated : .contiguous) { $0 & ScalarProperty.numeric != 0 }
        case .split(let pattern, let behavior, let inverts):
            var pieces = pattern.pieces(of: view)
            if inverts {
                for index in pieces.indices { pieces[index].isMatch.toggle() }
            }
            return behavior.ranges(pieces)
        case .bert:
            var result: [Range<Int>] = []
            BertSplitter().forEachRange(in: view) { result.append($0) }
            return result
        case .whitespace: return Self.wordRanges(of: view)
        }
    }

    private static func wordRanges(of view: TextView) -> [Range<Int>] {
        let table = UnicodeTables.properties
        /// 0 for white space, 1 for word characters, 2 for the rest.
        func kind(_ property: UInt16) -> Int {
            property & ScalarProperty.word != 0 ? 1 : property & ScalarProperty.whitespace != 0 ? 0 : 2
        }
        var result: [Range<Int>] = []
        var runKind = 0
        var runStart = 0
        var position = 0
        while position < view.count {
            let (scalar, length) = UTF8Reading.scalar(view.bytes, at: position)
            let kind = kind(table[scalar])
            if kind != runKind {
                if runKind != 0 { result.append(runStart..<position) }
                (runKind, runStart) = (kind, position)
            }
            position += length
        }
        if runKind != 0 { result.append(runStart..<view.count) }
        return result
    }

    /// Applies the step to every pre-token of a text, which `byteLevel` replaces.
    func apply(to text: inout AlignedText, ranges: inout [Range<Int>]) {
        if case .byteLevel(let addsPrefixSpace, let splits) = self {
            Self.applyByteLevel(to: &text, ranges: &ranges, addsPrefixSpace: addsPrefixSpace, splits: splits)
            return
        }
        var result: [Range<Int>] = []
        text.withView { view in
            for range in ranges {
                for part in self.ranges(of: view.slice(range)) ?? [] where !part.isEmpty {
                    result.append((range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound))
                }
            }
        }
        ranges = result
    }

    private static func applyByteLevel(
        to text: inout AlignedText, ranges: inout [Range<Int>], addsPrefixSpace: Bool, splits: Bool
    ) {
        text.materialize()
        var output = AlignedText(emptyAt: text.base, capacity: text.bytes.count * 2)
        var outputRanges: [Range<Int>] = []
        for range in ranges {
            var piece = AlignedText(emptyAt: text.base, capacity: range.count + 1)
            // The inserted space takes the range of the scalar it stands before.
            if addsPrefixSpace, text.bytes[range.lowerBound] != 0x20 {
                piece.append(0x20, start: text.starts[range.lowerBound], end: text.ends[range.lowerBound])
            }
            piece.bytes.append(contentsOf: text.bytes[range])
            piece.starts.append(contentsOf: text.starts[range])
            piece.ends.append(contentsOf: text.ends[range])
            var parts = [0..<piece.bytes.count]
            if splits { parts = piece.withView { SplitPattern.gpt2.pieces(of: $0).map(\.range) } ?? [] }
            for part in parts {
                let start = output.bytes.count
                for index in part {
                    output.append(
                        ByteLevelAlphabet.scalars[Int(piece.bytes[index])], start: piece.starts[index],
                        end: piece.ends[index])
                }
                outputRanges.append(start..<output.bytes.count)
            }
        }
        text = output
        ranges = outputRanges
    }
}

/// White space separates, punctuation characters stand alone.
struct BertSplitter {
    private let table = UnicodeTables.properties

    @inline(__always)
    func forEachRange(in view: TextView, _ body: (Range<Int>) -> Void) {
        let separators = ScalarProperty.whitespace | ScalarProperty.punctuation
        let bytes = view.bytes
        var start = 0
        var position = 0
        while position < view.count {
            let (scalar, length) = UTF8Reading.scalar(bytes, at: position)
            let property = table[scalar]
            if property & separators != 0 {
                if start < position { body(start..<position) }
                if property & ScalarProperty.whitespace == 0 { body(position..<(position &+ length)) }
                start = position &+ length
            }
            position &+= length
        }
        if start < position { body(start..<position) }
    }
}
