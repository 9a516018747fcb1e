/// The different pre-tokens of a corpus as symbols, which merges make fewer.
struct TrainingWords {
    /// Symbols of all words, each word's from its start on.
    private var symbols: [Int32]
    private var starts: [Int]
    /// Symbols each word has left.
    private var lengths: [Int32]
    /// How often each word occurs.
    private let occurrences: [Int]

    /// - Parameter symbolOfByte: the symbol of each byte.
    init(_ counts: PretokenCounts, symbolOfByte: [Int32]) {
        let sorted = counts.sorted()
        symbols = []
        symbols.reserveCapacity(sorted.reduce(0) { $0 + $1.bytes.count })
        starts = []
        lengths = []
        for (bytes, _) in sorted {
            starts.append(symbols.count)
            lengths.append(Int32(truncatingIfNeeded: bytes.count))
            for byte in bytes { symbols.append(symbolOfByte[Int(byte)]) }
        }
        occurrences = sorted.map(\.count)
    }

    /// Counts all pairs of adjacent symbols.
    func countPairs(into pairs: inout PairTable) {
        for word in starts.indices {
            let start = starts[word]
            for position in start..<(start + max(0, Int(lengths[word]) - 1)) {
                pairs.add(occurrences[word], symbols[position], symbols[position + 1], word: word)
            }
        }
    }

    /// Replaces a pair in a word, from left to right, by one symbol and updates the counts of the pairs around it. The
    /// count of the pair itself is left: it is done with.
    mutating func merge(_ left: Int32, _ right: Int32, into merged: Int32, word: Int32, pairs: inout PairTable) {
        let word = Int(word)
        let (start, count, weight) = (starts[word], Int(lengths[word]), occurrences[word])
        symbols.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let symbols = base + start
            var (read, written) = (0, 0)
            while read < count {
                let symbol = symbols[read]
                guard symbol == left, read &+ 1 < count, symbols[read &+ 1] == right else {
                    symbols[written] = symbol
                    (read, written) = (read &+ 1, written &+ 1)
                    continue
                }
                if written > 0 {
                    let previous = symbols[written &- 1]
                    pairs.add(-weight, previous, left)
                    pairs.add(weight, previous, merged, word: word)
                }
                read &+= 2
                if read < count {
                    pairs.add(-weight, right, symbols[read])
                    pairs.add(weight, merged, symbols[read], word: word)
                }
                symbols[written] = merged
                written &+= 1
            }
            lengths[word] = Int32(truncatingIfNeeded: written)
        }
    }
}
