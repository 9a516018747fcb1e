/// Finds the partners of brackets, also in code that is broken.
enum BracketMatching {
    /// For each bracket the index of its partner, -1 for tokens without. Linear in the number of tokens.
    ///
    /// A closing brace closes what is open within its block; a closing parenthesis or square bracket without a partner in its block is
    /// ignored. When braces do not add up, those at the beginning of a line close the blocks that were opened on lines with
    /// a deeper indentation too, so that one lost brace does not swallow the rest of the file.
    static func partners(_ tokens: [SourceToken], _ bytes: [UInt8]) -> [Int] {
        var matching = Matching(tokens, bytes)
        matching.run(byIndentation: false)
        if !matching.isBalanced { matching.run(byIndentation: true) }
        return matching.partners
    }

    private struct Matching {
        let tokens: [SourceToken]
        let bytes: [UInt8]
        var partners: [Int] = []
        var isBalanced = true
        private var open: [Int] = []
        /// For each open block, where in `open` its brace is.
        private var blocks: [Int] = []
        /// How many parentheses and square brackets are open in the innermost block, and in those around it.
        private var counts: [(parens: Int, brackets: Int)] = []

        init(_ tokens: [SourceToken], _ bytes: [UInt8]) { (self.tokens, self.bytes) = (tokens, bytes) }

        mutating func run(byIndentation: Bool) {
            partners = Array(repeating: -1, count: tokens.count)
            (open, blocks, counts, isBalanced) = ([], [], [(0, 0)], true)
            for index in tokens.indices {
                switch tokens[index].kind {
                case .openParen:
                    open.append(index)
                    counts[counts.count - 1].parens += 1
                case .openBracket:
                    open.append(index)
                    counts[counts.count - 1].brackets += 1
                case .openBrace:
                    blocks.append(open.count)
                    open.append(index)
                    counts.append((0, 0))
                case .closeParen where counts[counts.count - 1].parens > 0: close(.openParen, index)
                case .closeBracket where counts[counts.count - 1].brackets > 0: close(.openBracket, index)
                case .closeBrace: closeBlock(index, byIndentation: byIndentation)
                default: continue
                }
            }
            if !blocks.isEmpty { isBalanced = false }
        }

        private mutating func close(_ kind: SourceToken.Kind, _ index: Int) {
            while let last = open.popLast() {
                if tokens[last].kind == .openParen {
                    counts[counts.count - 1].parens -= 1
                } else {
                    counts[counts.count - 1].brackets -= 1
                }
                guard tokens[last].kind == kind else { continue }
                partners[last] = index
                partners[index] = last
                return
            }
        }

        private mutating func closeBlock(_ index: Int, byIndentation: Bool) {
            if byIndentation, tokens[index].isFirstOnLine {
                let column = indentation(index)
                while blocks.count > 1, let last = blocks.last, indentation(open[last]) > column { dropBlock() }
            }
            guard let last = blocks.last else {
                isBalanced = false
                return
            }
            partners[open[last]] = index
            partners[index] = open[last]
            dropBlock()
        }

        private mutating func dropBlock() {
            guard let last = blocks.popLast() else { return }
            open.removeSubrange(last...)
            counts.removeLast()
        }

        /// The width of the space that the line of a token begins with, at most 256.
        private func indentation(_ index: Int) -> Int {
            var start = tokens[index].start
            while start > 0, bytes[start - 1] != "\n", tokens[index].start - start < 4096 { start -= 1 }
            var width = 0
            for byte in bytes[start...].prefix(256) {
                switch byte {
                case " ": width += 1
                case "\t": width = (width / 8 + 1) * 8
                default: return width
                }
            }
            return width
        }
    }
}
