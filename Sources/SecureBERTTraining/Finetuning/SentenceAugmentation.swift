import SecureBERT

/// Varies training sentences in ways that keep their tags true.
struct SentenceAugmentation {
    private let seed: UInt64
    private let tightness: Double
    private let replacement: Double
    /// The words of the training data's entities by type.
    private let mentions: [String: [[String]]]

    /// - Parameters:
    ///   - sentences: Where entities to put in are taken from.
    ///   - seed: Decides what is varied.
    ///   - tightness: The part of sentences written as ordinary text, without spaces before punctuation.
    ///   - replacement: The part of entities replaced by others of their type.
    init(_ sentences: [TaggedSentence], seed: UInt64, tightness: Double, replacement: Double) {
        self.seed = seed
        self.tightness = tightness
        self.replacement = replacement
        var mentions: [String: [[String]]] = [:]
        if replacement > 0 {
            for sentence in sentences {
                for (type, range) in sentence.entities {
                    mentions[type, default: []].append(Array(sentence.words[range]))
                }
            }
        }
        self.mentions = mentions
    }

    /// The sentence as it is read in a step.
    func callAsFunction(_ sentence: TaggedSentence, step: Int, example: Int) -> TaggedSentence {
        var random = SeededRandom(seed: seed, step, example)
        var result = sentence
        if replacement > 0 {
            for (type, range) in sentence.entities.reversed()
            where Double.random(in: 0..<1, using: &random) < replacement {
                guard let words = mentions[type]?.randomElement(using: &random) else { continue }
                result.replace(range, with: words, type: type)
            }
        }
        if Double.random(in: 0..<1, using: &random) < tightness { result.tighten() }
        return result
    }
}

extension TaggedSentence {
    /// The entities in order, by BIO.
    var entities: [(type: String, range: Range<Int>)] {
        var entities: [(String, Range<Int>)] = []
        for (index, tag) in tags.enumerated() {
            guard let type = EntityTag(tag).entityType else { continue }
            if tag.hasPrefix("I-"), let last = entities.last, last.0 == type, last.1.upperBound == index {
                entities[entities.count - 1].1 = last.1.lowerBound..<index + 1
            } else {
                entities.append((type, index..<index + 1))
            }
        }
        return entities
    }

    /// With types renamed; words of other types get no label at all, rather than a wrong "O".
    func mapped(_ types: [String: String]) -> TaggedSentence {
        var result = self
        for (index, tag) in tags.enumerated() {
            guard let type = EntityTag(tag).entityType else { continue }
            result.tags[index] = types[type].map { tag.prefix(2) + $0 } ?? Self.unlabelled
        }
        return result
    }

    /// A tag that no label has.
    private static let unlabelled = "?"
}
