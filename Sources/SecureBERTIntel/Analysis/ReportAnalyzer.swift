import SecureBERT

/// Reads reports: entities and their ids, indicators, and techniques with the sentences that show them.
public struct ReportAnalyzer: Sendable {
    /// Deviations from the usual.
    public struct Options: Sendable {
        /// The least probability of an entity that the model finds.
        public var entityThreshold: Float = 0
        /// The least probability of a technique; nil for that of the mapping.
        public var techniqueThreshold: Float?
        /// The most techniques of a sentence.
        public var techniquesPerSentence = 3

        public init() {}
    }

    private let extractor = IndicatorExtractor()
    private let recognizer: EntityRecognizer
    private let mapper: TechniqueMapper
    private let knowledge: KnowledgeBase
    private let linker: EntityLinker

    public init(recognizer: EntityRecognizer, mapper: TechniqueMapper, knowledge: KnowledgeBase) {
        (self.recognizer, self.mapper, self.knowledge) = (recognizer, mapper, knowledge)
        linker = EntityLinker(knowledge)
    }

    /// - Parameters:
    ///   - text: Of the report, as it is read by people.
    ///   - name: The report's.
    ///   - digest: SHA-256 of the file, in hexadecimal.
    ///   - progress: Told how many sentences are done.
    public func callAsFunction(
        _ text: String, name: String, digest: String, options: Options = Options(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> ReportAnalysis {
        let offsets = TextOffsets(text)
        let indicators = extractor(text)
        let sentences = TextSentences.ranges(in: text)
        var found: [EntitySpan] = []
        var evidence: [String: [FoundTechnique.Evidence]] = [:]
        for start in stride(from: 0, to: sentences.count, by: Self.batchSize) {
            let batch = sentences[start..<min(start + Self.batchSize, sentences.count)]
            let texts = batch.map(offsets.text)
            for (range, result) in zip(batch, try recognizer(texts)) {
                found += result.entities.lazy.filter { $0.score.value >= options.entityThreshold }.map {
                    EntitySpan(type: $0.type, range: $0.range.utf8.shifted(by: range.lowerBound), score: $0.score.value)
                }
            }
            for (range, candidates) in zip(batch, try mapper(texts, limit: options.techniquesPerSentence)) {
                for candidate in candidates {
                    let isEnough = options.techniqueThreshold.map { candidate.score >= $0 } ?? candidate.isLikely
                    guard isEnough else { continue }
                    evidence[candidate.technique.id, default: []].append(
                        .init(
                            text: offsets.text(in: range), range: offsets.range(range), score: candidate.score,
                            isNamed: false))
                }
            }
            progress(min(start + Self.batchSize, sentences.count), sentences.count)
        }
        addNamed(indicators, sentences, offsets, to: &evidence)
        return ReportAnalysis(
            name: name, digest: digest, text: text,
            entities: entities(found, text, besides: indicators.map(\.range), offsets),
            indicators: indicators.map {
                FoundIndicator($0, range: offsets.range($0.range), link: knowledge[$0.value])
            },
            techniques: evidence.compactMap { id, evidence in
                knowledge[id].map { FoundTechnique($0, evidence: evidence) }
            }.sorted { ($1.score, $0.entry.id) < ($0.score, $1.entry.id) })
    }

    /// Sentences whose entities and techniques are found at once.
    private static let batchSize = 64

    /// Adds techniques whose ids the report names: those need no model.
    private func addNamed(
        _ indicators: [Indicator], _ sentences: [Range<Int>], _ offsets: TextOffsets,
        to evidence: inout [String: [FoundTechnique.Evidence]]
    ) {
        var sentence = 0
        for indicator in indicators where indicator.type == .attackTechnique {
            while sentence + 1 < sentences.count, sentences[sentence].upperBound <= indicator.range.lowerBound {
                sentence += 1
            }
            let isInside = sentences.indices.contains(sentence) && sentences[sentence].overlaps(indicator.range)
            let range = isInside ? sentences[sentence] : indicator.range
            evidence[indicator.value, default: []].removeAll { $0.range.utf8 == range }
            evidence[indicator.value, default: []].append(
                .init(text: offsets.text(in: range), range: offsets.range(range), score: 1, isNamed: true))
        }
    }

    /// The entities of the model and the names of the knowledge base, in the order of the text. Where they overlap the name counts, because it
    /// has an id; where an indicator overlaps either, the indicator does.
    private func entities(
        _ found: [EntitySpan], _ text: String, besides indicators: [Range<Int>], _ offsets: TextOffsets
    ) -> [FoundEntity] {
        let (taken, spans) = (SortedRanges(indicators), SortedRanges(found.map(\.range)))
        let mentions = linker.mentions(in: text).filter { taken.first(overlapping: $0.range) == nil }
        let named = SortedRanges(mentions.map(\.range))
        var entities = mentions.map { mention in
            FoundEntity(
                type: mention.entries.contains { $0.kind == .malware || $0.kind == .tool } ? "Malware" : "Organization",
                text: mention.text, range: offsets.range(mention.range),
                score: spans.first(overlapping: mention.range).map { found[$0].score }, links: mention.entries)
        }
        for span in found
        where taken.first(overlapping: span.range) == nil && named.first(overlapping: span.range) == nil {
            let text = offsets.text(in: span.range)
            let links = ["Malware", "Organization"].contains(span.type) ? linker.entries(named: text) : []
            entities.append(
                FoundEntity(
                    type: span.type, text: text, range: offsets.range(span.range), score: span.score, links: links))
        }
        return entities.sorted { $0.range.utf8.lowerBound < $1.range.utf8.lowerBound }
    }
}

/// An entity of the model, in bytes of the whole text.
private struct EntitySpan {
    let type: String
    let range: Range<Int>
    let score: Float
}

/// Ranges in ascending order that do not overlap.
private struct SortedRanges {
    private let ranges: [Range<Int>]

    init(_ ranges: [Range<Int>]) { self.ranges = ranges }

    /// The index of the first that has a byte in common with another.
    func first(overlapping range: Range<Int>) -> Int? {
        // The first range that ends behind the beginning of the other.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].overlaps(range) ? low : nil
    }
}

extension Range<Int> {
    fileprivate func shifted(by offset: Int) -> Range { (lowerBound + offset)..<(upperBound + offset) }
}
