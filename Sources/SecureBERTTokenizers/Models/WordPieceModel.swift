/// WordPiece: the longest vocabulary entry that starts the word, then the longest continuation, and so on; a word that
/// cannot be covered is one unknown token.
final class WordPieceModel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32
    let maximumWordLength: Int
    private let trie: ByteTrie
    /// Where continuations ("##...") hang in the trie; nil when the vocabulary has none.
    private let continuations: UInt32?

    /// - Parameter maximumWordLength: longer words, counted in scalars, are unknown.
    init(vocabulary: Vocabulary, unknownID: Int32, continuingPrefix: String, maximumWordLength: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.maximumWordLength = maximumWordLength
        var trie = ByteTrie()
        for id in vocabulary.ids {
            if let bytes = vocabulary.tokenBytes(id), !bytes.isEmpty {
                trie.insert(bytes, value: Int32(truncatingIfNeeded: id))
            }
        }
        continuations = trie.node(at: continuingPrefix.utf8)
        self.trie = trie
    }

    @inline(__always)
    func append(_ range: Range<Int>, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch) {
        let count = range.count
        if count <= PretokenCache.maximumKeyLength {
            let key = PretokenCache.key(
                view.bytes + range.lowerBound, count: count, readable: view.count &- range.lowerBound)
            let entry = scratch.cache.entry(for: key)
            if entry.holds(key) {
                var position = range.lowerBound
                for index in 0..<entry.count {
                    let end = position &+ entry.length(index)
                    output.tokens.append(
                        RawToken(
                            id: entry.id(index), start: view.originalStart(position), end: view.originalEnd(end),
                            word: word))
                    position = end
                }
                return
            }
            let tokenCount = segment(range, of: view, scratch: scratch)
            scratch.cache.store(key, count: tokenCount, ids: scratch.ids, lengths: scratch.lengths)
            emit(tokenCount, from: range.lowerBound, of: view, word: word, to: &output, scratch: scratch)
        } else {
            let tokenCount = segment(range, of: view, scratch: scratch)
            emit(tokenCount, from: range.lowerBound, of: view, word: word, to: &output, scratch: scratch)
        }
    }

    private func emit(
        _ count: Int, from start: Int, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch
    ) {
        var position = start
        for index in 0..<count {
            let end = position &+ Int(scratch.lengths[index])
            output.tokens.append(
                RawToken(
                    id: scratch.ids[index], start: view.originalStart(position), end: view.originalEnd(end), word: word)
            )
            position = end
        }
    }

    /// Cuts the word into `scratch`; returns the number of tokens.
    private func segment(_ range: Range<Int>, of view: TextView, scratch: Scratch) -> Int {
        scratch.reserve(min(range.count, maximumWordLength * 4) + 1)
        if let count = cover(range, of: view, scratch: scratch) { return count }
        scratch.ids[0] = unknownID
        scratch.lengths[0] = UInt32(truncatingIfNeeded: range.count)
        return 1
    }

    private func cover(_ range: Range<Int>, of view: TextView, scratch: Scratch) -> Int? {
        var scalarCount = 0
        for position in range where !UTF8Reading.isContinuation(view.bytes[position]) {
            scalarCount &+= 1
            if scalarCount > maximumWordLength { return nil }
        }
        var count = 0
        var position = range.lowerBound
        while position < range.upperBound {
            var node = ByteTrie.root
            if position > range.lowerBound {
                guard let continuations else { return nil }
                node = continuations
            }
            guard
                let match = trie.longestMatch(in: view.bytes, from: position, to: range.upperBound, below: node)
            else { return nil }
            scratch.ids[count] = match.value
            scratch.lengths[count] = UInt32(truncatingIfNeeded: match.end &- position)
            count &+= 1
            position = match.end
        }
        return count
    }
}
