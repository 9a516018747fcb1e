#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How the labels of tokens become entities. All but ``word`` are those of the reference's token classification pipeline.
public enum EntityAggregation: String, Sendable, CaseIterable {
    /// A word, without the punctuation around it, has the label of its first token, and labels of words are chosen together, so
    /// that an "I-" always continues an entity of its type. The reference's words reach from space to space where the vocabulary
    /// does not mark them, so that "Emotet," would be malware.
    case word
    /// Every labelled token by itself, with its full label ("B-Malware").
    case none
    /// Neighbouring tokens with the same type, each with its own label.
    case simple
    /// A word has the label of its first token.
    case first
    /// A word has the label with the largest mean probability over its tokens.
    case average
    /// A word has the label of its most certain token.
    case max
}

/// One token with its label probabilities.
package struct LabelledToken {
    /// Bytes of the text; may be empty for a token that is only a space.
    let range: Range<Int>
    /// Index among the tokens of the text, special tokens included.
    let index: Int
    /// Whether the token continues the word before it.
    let continuesWord: Bool
    /// Softmax over the labels.
    let probabilities: [Float]

    package init(range: Range<Int>, index: Int, continuesWord: Bool, probabilities: [Float]) {
        self.range = range
        self.index = index
        self.continuesWord = continuesWord
        self.probabilities = probabilities
    }

    /// The same token for another part of the text.
    func covering(_ range: Range<Int>) -> LabelledToken {
        LabelledToken(range: range, index: index, continuesWord: continuesWord, probabilities: probabilities)
    }
}

/// A run of tokens with one label, before it is placed in the text.
package struct LabelledSpan: Equatable {
    package var label: String
    var score: Float
    package var range: Range<Int>
    /// Set for single tokens.
    var index: Int?
}

extension EntityAggregation {
    /// Entities in the order of the text; those labelled "O" are left out.
    /// - Parameter path: Chooses the labels of words together; nil for each by itself.
    package func entities(
        _ tokens: [LabelledToken], labels: [String], path: LabelPath? = nil
    ) -> [LabelledSpan] {
        var spans: [LabelledSpan]
        switch self {
        case .none, .simple: spans = tokens.map { span([$0], $0.probabilities, labels) }
        case .word, .first, .average, .max:
            let words = words(tokens)
            spans = words.map { word($0, labels) }
            guard let path else { break }
            let probabilities = words.map(probabilities(ofWord:))
            // A logarithm is a logit but for what all labels of the word have in common.
            let chosen = path(probabilities.map { $0.map { log($0 + Float.leastNormalMagnitude) } })
            for (index, label) in chosen.enumerated() {
                (spans[index].label, spans[index].score) = (labels[label], probabilities[index][label])
            }
        }
        let entities = self == .none ? spans : Self.grouped(spans)
        return entities.filter { $0.label != "O" }
    }

    private func words(_ tokens: [LabelledToken]) -> [[LabelledToken]] {
        var words: [[LabelledToken]] = []
        for token in tokens {
            if token.continuesWord, !words.isEmpty {
                words[words.count - 1].append(token)
            } else {
                words.append([token])
            }
        }
        return words
    }

    private func word(_ tokens: [LabelledToken], _ labels: [String]) -> LabelledSpan {
        span(tokens, probabilities(ofWord: tokens), labels)
    }

    /// The probabilities of a word's labels.
    private func probabilities(ofWord tokens: [LabelledToken]) -> [Float] {
        switch self {
        case .average:
            let sum = tokens.dropFirst().reduce(tokens[0].probabilities) { zip($0, $1.probabilities).map(+) }
            return sum.map { $0 / Float(tokens.count) }
        case .max:
            // The first of equally certain tokens.
            let best = tokens.indicesOfLargest(1) { $0.probabilities.max() ?? 0 }.first ?? 0
            return tokens[best].probabilities
        case .none, .simple, .word, .first:
            return tokens[0].probabilities
        }
    }

    private func span(_ tokens: [LabelledToken], _ probabilities: [Float], _ labels: [String]) -> LabelledSpan {
        let best = probabilities.indicesOfLargest(1) { $0 }.first ?? 0
        return LabelledSpan(
            label: labels[best], score: probabilities[best],
            range: tokens[0].range.lowerBound..<tokens[tokens.count - 1].range.upperBound,
            index: tokens.count == 1 ? tokens[0].index : nil)
    }

    /// Joins neighbours of the same type unless the later one begins an entity; the score is their mean.
    private static func grouped(_ spans: [LabelledSpan]) -> [LabelledSpan] {
        var groups: [[LabelledSpan]] = []
        for span in spans {
            let tag = EntityTag(span.label)
            if let last = groups.last?.last, EntityTag(last.label).type == tag.type, !tag.begins {
                groups[groups.count - 1].append(span)
            } else {
                groups.append([span])
            }
        }
        return groups.map { group in
            LabelledSpan(
                label: EntityTag(group[0].label).type,
                score: group.reduce(0) { $0 + $1.score } / Float(group.count),
                range: group[0].range.lowerBound..<group[group.count - 1].range.upperBound, index: nil)
        }
    }
}
