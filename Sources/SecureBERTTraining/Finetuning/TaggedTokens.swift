import SecureBERTTokenizers

/// A sentence as a token classifier reads it, or the part of one that fits.
struct TaggedTokens {
    var ids: [Int32]
    /// The label each token is to have; -1 where none is learned.
    var targets: [Int32]
    /// For each word of the part: its number in the sentence and its first token.
    var words: [(word: Int, token: Int)]
}

/// Turns sentences into tokens with labels.
struct SentenceEncoding {
    /// Which tokens of a word are learned.
    enum Subtokens: String, Sendable, CaseIterable {
        case first, all
    }

    let tokenizer: Tokenizer
    /// Tokens of a part at most, special ones included.
    let maximumTokens: Int
    /// The numbers of the labels; a tag that is missing is not learned.
    let labelIDs: [String: Int32]
    let subtokens: Subtokens

    /// The parts of a sentence; one unless it is longer than the limit.
    func callAsFunction(_ sentence: TaggedSentence) throws -> [TaggedTokens] {
        let (text, ranges) = sentence.text
        let windows = try tokenizer.encodeWindows(
            text, truncation: Truncation(maximumLength: maximumTokens, strategy: .longestFirst, stride: 0))
        var previous = -1
        return windows.map { encoding in
            var part = TaggedTokens(ids: encoding.ids, targets: [], words: [])
            let special = encoding.specialTokensMask
            var word = 0
            for (index, range) in encoding.offsets.enumerated() {
                part.targets.append(-1)
                guard !special[index], !range.isEmpty else { continue }
                // The word in which the token ends.
                while word + 1 < ranges.count, ranges[word].upperBound < range.upperBound { word += 1 }
                let tag = sentence.tags[word]
                // A token of nothing but the space before a word is no part of it, but may be inside of an entity.
                guard range.upperBound > ranges[word].lowerBound else {
                    part.targets[index] = labelIDs[tag.hasPrefix("I-") ? tag : "O"] ?? -1
                    continue
                }
                if word != previous {
                    previous = word
                    part.words.append((word, index))
                    part.targets[index] = labelIDs[tag] ?? -1
                } else if subtokens == .all {
                    part.targets[index] = labelIDs[tag.hasPrefix("B-") ? "I-" + tag.dropFirst(2) : tag] ?? -1
                }
            }
            return part
        }
    }
}
