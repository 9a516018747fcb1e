import SecureBERT

/// Maps the passages of documents to the controls of one or several catalogs.
public struct PolicyAnalyzer: Sendable {
    /// A document to read; the ending of its name tells configuration from prose.
    public typealias Document = ReportAnalyzer.Report

    /// Deviations from the usual.
    public struct Options: Sendable {
        /// The most controls of a passage, of each catalog.
        public var limit = 5
        /// The least probability of a control; nil for that of the catalog's mapping.
        public var threshold: Float?

        public init() {}
    }

    /// One for each catalog.
    public let mappers: [ControlMapper]
    private let encoder: SentenceEncoder

    /// - Parameters:
    ///   - mappers: One for each catalog.
    ///   - encoder: The one that made their vectors.
    public init(_ mappers: [ControlMapper], encoder: SentenceEncoder) {
        (self.mappers, self.encoder) = (mappers, encoder)
    }

    /// Endings of configuration files, which folders are searched for too.
    public static var configurationEndings: [String] { ConfigurationText.endings }

    /// The texts that a document is mapped by, one for each passage; for measuring.
    /// - Parameter isExplained: Whether settings come with what controls call them.
    package static func queries(of document: Document, isExplained: Bool = true) -> [String] {
        let policy = PolicyText(document.text, name: document.name)
        return policy.passages.map { policy.query($0, isExplained: isExplained) }
    }

    /// Passages whose vectors are made at once.
    private static let batchSize = 64

    /// What the passages of a document are about.
    /// - Parameters:
    ///   - document: Of any length.
    ///   - options: How much is suggested.
    ///   - progress: Told how many passages are done.
    public func callAsFunction(
        _ document: Document, options: Options = Options(), progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> PolicyAnalysis {
        let policy = PolicyText(document.text, name: document.name)
        let offsets = TextOffsets(document.text)
        var passages: [MappedPassage] = []
        for start in stride(from: 0, to: policy.passages.count, by: Self.batchSize) {
            let batch = policy.passages[start..<min(start + Self.batchSize, policy.passages.count)]
            // The passage, and its sentences if there are several.
            let texts = batch.map { [policy.query($0)] + policy.sentenceQueries($0) }
            var embeddings = try encoder(Array(texts.joined()))[...]
            for (passage, texts) in zip(batch, texts) {
                let parts = zip(texts, embeddings).map {
                    ControlMapper.Text($0, vector: $1.vector, isSetting: policy.isConfiguration)
                }
                embeddings = embeddings.dropFirst(texts.count)
                var (controls, nearest): ([MappedControl], MappedPassage.Nearest?) = ([], nil)
                for mapper in mappers {
                    let candidates = try self.candidates(parts, mapper, options)
                    let least = options.threshold ?? mapper.mapping(isSetting: policy.isConfiguration).threshold
                    controls += candidates.filter { $0.probability >= least }
                        .map { suggestion($0, in: passage, mapper, policy, offsets) }
                    if let first = candidates.first, first.probability > nearest?.score ?? 0 {
                        nearest = .init(
                            catalog: mapper.catalog.id, control: mapper.catalog.controls[first.control],
                            score: first.probability)
                    }
                }
                passages.append(
                    MappedPassage(
                        text: offsets.text(in: passage.range), range: offsets.range(passage.range),
                        lines: passage.lines, heading: passage.heading.map(offsets.text), controls: controls,
                        nearest: controls.isEmpty ? nearest : nil))
            }
            progress(passages.count, policy.passages.count)
        }
        return PolicyAnalysis(
            name: document.name, digest: document.digest, text: document.text, isConfiguration: policy.isConfiguration,
            passages: passages)
    }

    private func candidates(
        _ parts: [ControlMapper.Text], _ mapper: ControlMapper, _ options: Options
    ) throws -> [ControlMapper.Candidate] {
        guard let whole = parts.first else { return [] }
        return try mapper(whole, sentences: Array(parts.dropFirst()), limit: options.limit)
    }

    private func suggestion(
        _ candidate: ControlMapper.Candidate, in passage: PolicyText.Passage, _ mapper: ControlMapper,
        _ policy: PolicyText, _ offsets: TextOffsets
    ) -> MappedControl {
        let sentences = passage.sentences
        let evidence =
            candidate.sentence.map { sentences[$0] } ?? bestMatch(of: candidate.control, sentences, mapper, policy)
            ?? passage.range
        return MappedControl(
            catalog: mapper.catalog.id, control: mapper.catalog.controls[candidate.control],
            score: candidate.probability,
            evidence: .init(text: offsets.text(in: evidence), range: offsets.range(evidence)))
    }

    /// The sentence with the most keywords of a control; of equal ones the first.
    private func bestMatch(
        of control: Int, _ sentences: [Range<Int>], _ mapper: ControlMapper, _ policy: PolicyText
    ) -> Range<Int>? {
        let scores = sentences.map { mapper.keywordScores(policy.words(in: $0))[control] }
        return sentences.indices.max { (scores[$0], $1) < (scores[$1], $0) }.map { sentences[$0] }
    }
}
