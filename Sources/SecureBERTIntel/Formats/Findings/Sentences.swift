import SecureBERT

/// The sentences of a text, to say which of them names something.
struct Sentences {
    private let bytes: [UInt8]
    private let offsets: TextOffsets
    /// In bytes, ascending.
    private let ranges: [Range<Int>]

    init(_ text: String) {
        bytes = Array(text.utf8)
        offsets = TextOffsets(text)
        ranges = TextSentences.ranges(in: text)
    }

    /// The sentences that a range of bytes is in.
    func indices(of range: Range<Int>) -> Range<Int> {
        let first = firstIndex { $0.upperBound > range.lowerBound }
        return first..<max(first, firstIndex { $0.lowerBound >= range.upperBound })
    }

    /// The first sentence for which something is so that is so for all after it.
    private func firstIndex(where isBeyond: (Range<Int>) -> Bool) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func mention(_ index: Int, confidence: Int) -> Finding.Mention {
        let range = ranges[index]
        // A scalar has at most four bytes; more than that is cut anyway.
        let text = String(decoding: bytes[range].prefix(Excerpt.limit * 4 + 4), as: UTF8.self)
        return Finding.Mention(
            utf8: range, scalars: offsets.range(range).scalars, text: text.shortened(to: Excerpt.limit),
            confidence: confidence, isSentence: true)
    }

    /// What the sentence says in which a mention begins.
    func text(around mention: Finding.Mention) -> String {
        guard !mention.isSentence, let index = indices(of: mention.utf8).first else { return mention.text }
        return self.mention(index, confidence: mention.confidence).text
    }
}
