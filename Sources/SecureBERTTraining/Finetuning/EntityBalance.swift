import SecureBERT

/// How much sentences and entities have to count for every type to count the same.
package struct EntityBalance {
    /// For each sentence how often it is to be drawn, relative to the others: as its rarest class asks for. Classes are the types, and
    /// the sentences without an entity.
    package let sentenceWeights: [Double]
    /// For each type the mean number of entities of a type, divided by its own; 1 for a type that does not occur.
    package let typeWeights: [String: Float]

    /// - Parameters:
    ///   - sentences: The training data.
    ///   - types: The types that are learned; others do not count.
    package init(_ sentences: [TaggedSentence], types: [String]) {
        let learned = Set(types)
        var entities: [String: Double] = [:]
        var sentencesWith: [String?: Double] = [:]
        let classes = sentences.map { sentence -> Set<String?> in
            let begun = sentence.tags.filter { $0.hasPrefix("B-") }.compactMap { EntityTag($0).entityType }
                .filter(learned.contains)
            for type in begun { entities[type, default: 0] += 1 }
            let found: Set<String?> = begun.isEmpty ? [nil] : Set(begun.map(Optional.some))
            for name in found { sentencesWith[name, default: 0] += 1 }
            return found
        }
        let total = Double(sentences.count)
        let count = Double(max(sentencesWith.count, 1))
        sentenceWeights = classes.map { names in
            names.map { total / (count * (sentencesWith[$0] ?? total)) }.max() ?? 1
        }
        let mean = entities.values.reduce(0, +) / Double(max(entities.count, 1))
        typeWeights = Dictionary(
            uniqueKeysWithValues: types.map { ($0, entities[$0].map { Float(mean / $0) } ?? 1) })
    }
}
