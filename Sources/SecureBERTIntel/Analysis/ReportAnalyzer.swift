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

    /// A text to read.
    public struct Report: Sendable {
        /// As it is read by people.
        public let text: String
        public let name: String
        /// SHA-256 of the file, in hexadecimal; empty for a text that is none.
        public let digest: String

        public init(_ text: String, name: String = "", digest: String = "") {
            (self.text, self.name, self.digest) = (text, name, digest)
        }
    }

    /// What is found in a report.
    /// - Parameters:
    ///   - report: Of any length.
    ///   - options: What is left out.
    ///   - progress: Told how many sentences are done; what it throws ends the analysis.
    public func callAsFunction(
        _ report: Report, options: Options = Options(),
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> ReportAnalysis {
        try self([report], options: options, progress: progress)[0]
    }

    /// What is found in reports, in their order; sentences of all are read together, so many short ones are as fast as a long one.
    public func callAsFunction(
        _ reports: [Report], options: Options = Options(),
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> [ReportAnalysis] {
        var readings = reports.map { Reading($0, extractor) }
        let sentences = readings.indices.flatMap { report in
            readings[report].sentences.map { (report: report, range: $0) }
        }
        for start in stride(from: 0, to: sentences.count, by: Self.batchSize) {
            let batch = sentences[start..<min(start + Self.batchSize, sentences.count)]
            let texts = batch.map { readings[$0.report].offsets.text(in: $0.range) }
            for (sentence, result) in zip(batch, try recognizer(texts)) {
                readings[sentence.report].add(
                    result.entities.filter { $0.score.value >= options.entityThreshold }, in: sentence.range)
            }
            for (sentence, candidates) in zip(batch, try mapper(texts, limit: options.techniquesPerSentence)) {
                let likely = candidates.filter { candidate in
                    options.techniqueThreshold.map { candidate.score >= $0 } ?? candidate.isLikely
                }
                readings[sentence.report].add(likely, in: sentence.range)
            }
            try progress(start + batch.count, sentences.count)
        }
        return readings.map { reading in
            ReportAnalysis(
                name: reading.report.name, digest: reading.report.digest, text: reading.report.text,
                entities: entities(reading),
                indicators: reading.indicators.map {
                    FoundIndicator($0, range: reading.offsets.range($0.range), link: knowledge[$0.value])
                },
                techniques: reading.techniques(knowledge))
        }
    }

    /// Sentences whose entities and techniques are found at once.
    private static let batchSize = 64

    /// The entities of the model and the names of the knowledge base, in the order of the text. Where they overlap the name counts, because it
    /// has an id; where an indicator overlaps either, the indicator does.
    private func entities(_ reading: Reading) -> [FoundEntity] {
        let (found, offsets) = (reading.entities, reading.offsets)
        let (taken, spans) = (SortedRanges(reading.indicators.map(\.range)), SortedRanges(found.map(\.range)))
        let mentions = linker.mentions(in: reading.report.text).filter { taken.first(overlapping: $0.range) == nil }
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

/// A report while it is read.
private struct Reading {
    let report: ReportAnalyzer.Report
    let offsets: TextOffsets
    let sentences: [Range<Int>]
    let indicators: [Indicator]
    private(set) var entities: [EntitySpan] = []
    private var evidence: [String: [FoundTechnique.Evidence]] = [:]

    init(_ report: ReportAnalyzer.Report, _ extractor: IndicatorExtractor) {
        self.report = report
        offsets = TextOffsets(report.text)
        sentences = TextSentences.ranges(in: report.text)
        indicators = extractor(report.text)
    }

    mutating func add(_ found: [EntityRecognizer.Entity], in sentence: Range<Int>) {
        entities += found.map {
            EntitySpan(
                type: $0.type,
                range: ($0.range.utf8.lowerBound + sentence.lowerBound)..<($0.range.utf8.upperBound
                    + sentence.lowerBound),
                score: $0.score.value)
        }
    }

    mutating func add(_ candidates: [TechniqueMapper.Candidate], in sentence: Range<Int>) {
        for candidate in candidates {
            evidence[candidate.technique.id, default: []].append(
                shown(in: sentence, score: candidate.score, isNamed: false))
        }
    }

    private func shown(in range: Range<Int>, score: Float, isNamed: Bool) -> FoundTechnique.Evidence {
        .init(text: offsets.text(in: range), range: offsets.range(range), score: score, isNamed: isNamed)
    }

    /// The techniques, the most certain first; those whose ids the report names need no model.
    func techniques(_ knowledge: KnowledgeBase) -> [FoundTechnique] {
        var named: [String: [Range<Int>]] = [:]
        var sentence = 0
        for indicator in indicators where indicator.type == .attackTechnique {
            while sentence + 1 < sentences.count, sentences[sentence].upperBound <= indicator.range.lowerBound {
                sentence += 1
            }
            let isInside = sentences.indices.contains(sentence) && sentences[sentence].overlaps(indicator.range)
            let range = isInside ? sentences[sentence] : indicator.range
            if named[indicator.value]?.last != range { named[indicator.value, default: []].append(range) }
        }
        let all = evidence.merging(
            named.mapValues { $0.map { shown(in: $0, score: 1, isNamed: true) } },
            uniquingKeysWith: { modelled, named in
                let ranges = Set(named.map(\.range))
                return modelled.filter { !ranges.contains($0.range) } + named
            })
        return all.compactMap { id, evidence in knowledge[id].map { FoundTechnique($0, evidence: evidence) } }
            .sorted { ($1.score, $0.entry.id) < ($0.score, $1.entry.id) }
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
