import SecureBERT

/// Varies training sentences in ways that keep their tags true.
struct SentenceAugmentation {
    /// What is varied, each a part from 0 to 1.
    struct Rates {
        /// Of sentences: written as ordinary text, without spaces before punctuation.
        var tightness = 0.0
        /// Of entities: replaced by others of their type.
        var replacement = 0.0
        /// Of replacements: names that do not exist.
        var invention = 0.0
    }

    private let seed: UInt64
    private let rates: Rates
    /// What entities of each type can be called: the training data's, each at most ten times, and others.
    private let names: [String: [[String]]]
    private let chains: [String: NameChain]

    /// - Parameters:
    ///   - sentences: Where entities to put in are taken from.
    ///   - names: Further names of each type.
    ///   - seed: Decides what is varied.
    ///   - rates: How much is.
    init(_ sentences: [TaggedSentence], names: [String: [String]], seed: UInt64, _ rates: Rates) {
        self.seed = seed
        self.rates = rates
        var all: [String: [[String]]] = [:]
        if rates.replacement > 0 {
            var counts: [[String]: Int] = [:]
            for sentence in sentences {
                for (type, range) in sentence.entities {
                    let words = Array(sentence.words[range])
                    counts[words, default: 0] += 1
                    if counts[words, default: 0] <= 10 { all[type, default: []].append(words) }
                }
            }
            for (type, names) in names {
                all[type, default: []] += names.map { $0.split(separator: " ").map(String.init) }
            }
        }
        self.names = all
        chains = rates.invention > 0 ? all.mapValues { NameChain($0.map { $0.joined(separator: " ") }) } : [:]
    }

    /// The sentence as it is read in a step.
    func callAsFunction(_ sentence: TaggedSentence, step: Int, example: Int) -> TaggedSentence {
        var random = SeededRandom(seed: seed, step, example)
        var result = sentence
        if rates.replacement > 0 {
            // An entity that occurs twice is still the same one.
            var chosen: [[String]: [String]] = [:]
            for (type, range) in sentence.entities.reversed() {
                let words = Array(sentence.words[range])
                let isReplaced = Double.random(in: 0..<1, using: &random) < rates.replacement
                let other = chosen[words] ?? (isReplaced ? name(type, &random) ?? words : words)
                chosen[words] = other
                if other != words { result.replace(range, with: other, type: type) }
            }
        }
        if Double.random(in: 0..<1, using: &random) < rates.tightness { result.tighten() }
        return result
    }

    private func name(_ type: String, _ random: inout SeededRandom) -> [String]? {
        if Double.random(in: 0..<1, using: &random) < rates.invention, let invented = chains[type]?.name(&random) {
            return invented.split(separator: " ").map(String.init)
        }
        return names[type]?.randomElement(using: &random)
    }
}

/// Invents names that look like given ones: a Markov chain whose next letter depends on the last three.
struct NameChain {
    private let followers: [[Unicode.Scalar]: [Unicode.Scalar?]]

    init(_ names: [String]) {
        var followers: [[Unicode.Scalar]: [Unicode.Scalar?]] = [:]
        for name in names {
            var last: [Unicode.Scalar] = []
            for scalar in name.unicodeScalars.map(Optional.some) + [nil] {
                followers[last, default: []].append(scalar)
                if let scalar { last = Array((last + [scalar]).suffix(Self.order)) }
            }
        }
        self.followers = followers
    }

    private static let order = 3
    private static let longest = 40

    /// A name of at least two and at most forty letters; nil when ten attempts gave none.
    func name(_ random: inout SeededRandom) -> String? {
        for _ in 0..<10 {
            var scalars: [Unicode.Scalar] = []
            while scalars.count <= Self.longest {
                let next = followers[Array(scalars.suffix(Self.order))]?.randomElement(using: &random)
                guard let scalar = next ?? nil else { break }
                scalars.append(scalar)
            }
            var name = ""
            name.unicodeScalars.append(contentsOf: scalars)
            let words = name.split(separator: " ")
            if (2...Self.longest).contains(scalars.count), !words.isEmpty { return words.joined(separator: " ") }
        }
        return nil
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
