import SecureBERTTokenizers

/// Hides tokens for the model to predict (Devlin et al. 2018, arXiv 1810.04805): of those chosen, 80 % become the mask token,
/// 10 % a random one and 10 % stay.
package struct TokenMasking {
    /// What is hidden together.
    package enum Unit: String, Sendable, CaseIterable {
        case token
        /// All tokens of a word.
        case word
        /// Runs of tokens inside a line, of eight tokens on average: for code.
        case lineSpan = "line-span"
    }

    static let meanSpan = 8.0

    private let maskID: Int32
    private let special: Set<Int32>
    private let ordinary: [Int32]
    /// Of each id, whether it begins a word, and whether it has a line break.
    private let startsWord: [Bool]
    private let breaksLine: [Bool]

    /// - Parameters:
    ///   - tokenizer: Knows the tokens; its vocabulary has a mask.
    ///   - maskID: The id of the mask.
    package init(_ tokenizer: Tokenizer, maskID: Int32) {
        self.maskID = maskID
        let tokens = tokenizer.specialTokens
        special = Set(
            [
                tokens.classification, tokens.separator, tokens.padding, tokens.mask, tokens.unknown, tokens.beginning,
                tokens.end,
            ].compactMap { $0?.id })
        var startsWord: [Bool] = []
        var breaksLine: [Bool] = []
        var ordinary: [Int32] = []
        for id in 0..<Int32(clamping: tokenizer.idBound) {
            let token = tokenizer.token(id) ?? ""
            let text = token.unicodeScalars
            // Byte-level vocabularies write a space as Ġ and a line feed as Ċ; WordPiece marks what continues a word.
            let isLetter = text.first.map { $0.properties.isAlphabetic || $0.properties.numericType != nil } ?? false
            let hasSpace = text.first == "\u{120}" || text.first == "\u{10A}" || text.first == "\u{109}"
            startsWord.append(
                tokenizer.marksContinuations ? !token.hasPrefix("##") : hasSpace || !isLetter)
            breaksLine.append(text.contains("\u{10A}"))
            if !special.contains(id), tokenizer.token(id) != nil { ordinary.append(id) }
        }
        self.startsWord = startsWord
        self.breaksLine = breaksLine
        self.ordinary = ordinary
    }

    /// Hides tokens of a sequence.
    /// - Parameters:
    ///   - ids: The sequence; what is hidden is replaced.
    ///   - rate: The part of the tokens to hide; special tokens do not count and are never hidden.
    ///   - unit: What is hidden together.
    ///   - replacing: Whether a tenth stays and a tenth becomes another token; otherwise all become masks.
    /// - Returns: The hidden positions, ascending, and what was there.
    package func hide(
        _ ids: inout [Int32], rate: Double, unit: Unit, replacing: Bool = true,
        using random: inout some RandomNumberGenerator
    ) -> [(position: Int, id: Int32)] {
        let candidates = ids.indices.filter { !special.contains(ids[$0]) }
        guard !candidates.isEmpty else { return [] }
        let count = max(1, Int((rate * Double(candidates.count)).rounded()))
        let units =
            switch unit {
            case .token: candidates.map { $0..<$0 + 1 }
            case .word: runs(of: candidates) { startsWord[Int(ids[$0])] }
            case .lineSpan: spans(of: ids, candidates, &random)
            }
        var hidden: [Int] = []
        for unit in units.shuffled(using: &random) {
            guard hidden.count < count else { break }
            hidden.append(contentsOf: unit)
        }
        return hidden.sorted().map { position in
            let id = ids[position]
            let draw = replacing ? Double.random(in: 0..<1, using: &random) : 0
            if draw < 0.8 {
                ids[position] = maskID
            } else if draw < 0.9 {
                ids[position] = ordinary.randomElement(using: &random) ?? id
            }
            return (position, id)
        }
    }

    /// Neighbouring candidates, cut before each that begins a unit.
    private func runs(of candidates: [Int], _ begins: (Int) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for position in candidates {
            if let last = runs.last, last.upperBound == position, !begins(position) {
                runs[runs.count - 1] = last.lowerBound..<position + 1
            } else {
                runs.append(position..<position + 1)
            }
        }
        return runs
    }

    /// Lines cut into spans of geometrically distributed lengths.
    private func spans(
        of ids: [Int32], _ candidates: [Int], _ random: inout some RandomNumberGenerator
    ) -> [Range<Int>] {
        var ends: Set<Int> = []
        for position in candidates where Double.random(in: 0..<1, using: &random) < 1 / Self.meanSpan {
            ends.insert(position)
        }
        return runs(of: candidates) { position in
            ends.contains(position - 1) || breaksLine[Int(ids[position - 1])]
        }
    }
}
