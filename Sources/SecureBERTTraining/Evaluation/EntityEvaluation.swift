import SecureBERT

/// How well a model finds the named entities of labelled texts.
public struct EntityEvaluation {
    /// What an evaluation allows and does.
    public struct Options: Sendable {
        /// Whether data may have types that the model does not know; all of their entities are missed then.
        public var allowsUnknownTypes = false
        /// Whether labels are chosen so that an "I-" always continues an entity of its type, or each by itself.
        public var choosesTogether = true

        /// Refuses unknown types, chooses labels together.
        public init() {}
    }

    /// The data.
    public let dataset: EntityDataset
    /// For each text a tag for each of its words.
    public let predictions: [[String]]
    private let unknownTypes: [String]

    /// Runs a model over texts whose words are known.
    /// - Parameters:
    ///   - recognizer: The model.
    ///   - dataset: The texts, with their entities.
    ///   - options: What it allows, and how labels are chosen.
    ///   - progress: Told how many texts are done.
    /// - Throws: ``TrainingError`` when the data have types that the model does not know; what the model throws.
    public init(
        _ recognizer: EntityRecognizer, _ dataset: EntityDataset, _ options: Options = Options(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let known = Set(recognizer.labels.compactMap { EntityTag($0).entityType })
        let unknownTypes = dataset.types.filter { !known.contains($0) }
        guard unknownTypes.isEmpty || options.allowsUnknownTypes else {
            throw TrainingError(
                .mismatch,
                """
                \(dataset.file): has entities of type \(unknownTypes.quotedList), the model finds only \
                \(known.sorted().quotedList); map the types, or count these as missed with --allow-unknown-labels
                """)
        }
        var predictions: [[String]] = []
        let sentences = dataset.texts.map { TaggedSentence($0).text }
        for start in stride(from: 0, to: sentences.count, by: 64) {
            let part = sentences[start..<min(start + 64, sentences.count)]
            predictions += try recognizer.labels(
                ofWords: part.map(\.ranges), in: part.map(\.text), choosesTogether: options.choosesTogether)
            progress(predictions.count, sentences.count)
        }
        self.init(dataset, predictions: predictions, unknownTypes: unknownTypes)
    }

    /// What a model found.
    /// - Parameters:
    ///   - dataset: The texts, with their entities.
    ///   - predictions: For each text a tag for each of its words.
    ///   - unknownTypes: Types that the model does not know.
    package init(_ dataset: EntityDataset, predictions: [[String]], unknownTypes: [String] = []) {
        (self.dataset, self.predictions, self.unknownTypes) = (dataset, predictions, unknownTypes)
    }

    /// The figures, tables and plots.
    /// - Parameters:
    ///   - title: What the section is called.
    ///   - seed: Of the intervals, which resample sentences.
    public func section(_ title: String, seed: UInt64) -> EvaluationReport.Section {
        let references = dataset.texts.map(\.tags)
        let lenient = EntityMetrics(references: references, predictions: predictions)
        let strict = EntityMetrics(references: references, predictions: predictions, reading: .strict)
        let errors = zip(references, predictions).map { EntityErrors(references: [$0], predictions: [$1]) }
        var section = EvaluationReport.Section(title)
        section.notes = notes
        let names = [
            "micro-F1", "precision", "recall", "macro-F1", "weighted F1", "strict micro-F1", "strict precision",
            "strict recall", "strict macro-F1", "strict weighted F1", "overlap F1", "partial F1",
        ]
        let figures = EvaluationReport.Figure.resampled(
            names + lenient.types + strict.types, count: references.count, seed: seed
        ) { sample in
            let counts = (lenient: lenient.counts(ofSentences: sample), strict: strict.counts(ofSentences: sample))
            let (loose, exact) = (ClassAverages(counts.lenient), ClassAverages(counts.strict))
            let values: [Double?] = [
                loose.micro.f1, loose.micro.precision, loose.micro.recall, loose.macro.f1, loose.weighted.f1,
                exact.micro.f1, exact.micro.precision, exact.micro.recall, exact.macro.f1, exact.weighted.f1,
                Self.overlapF1(sample, errors), Self.partialF1(sample, errors),
            ]
            return values + (counts.lenient + counts.strict).map(\.definedF1)
        }
        let byType = Array(figures.dropFirst(names.count).prefix(lenient.types.count))
        let strictByType = Array(figures.suffix(strict.types.count))
        section.figures = Array(figures.prefix(names.count))
        let all = EntityErrors(references: references, predictions: predictions)
        section.tables = [Self.types(lenient.counts, byType, strictByType), Self.kinds(of: all)]
        section.plots = [
            .bars(title: "F1 by type", byType),
            .confusion(
                title: "Types", rows: all.types + ["nothing"], columns: all.types + ["missed"], counts: all.confusion),
        ]
        return section
    }

    private var notes: [String] {
        var notes = [
            """
            \(dataset.texts.count) texts, \(dataset.counts.values.reduce(0, +)) entities. F1 as seqeval's default counts it; \
            strict as its mode "strict" with IOB2; overlap: any common word of the same type; partial: half a point for a \
            wrong boundary (MUC-5).
            """
        ]
        if !unknownTypes.isEmpty { notes.append("The model does not know \(unknownTypes.quotedList): all missed.") }
        if !dataset.violations.isEmpty {
            notes.append(
                "\(dataset.violations.count) tags of the data cannot stand where they do, and were read as seqeval reads them."
            )
        }
        return notes
    }

    private static func overlapF1(_ sample: [Int], _ errors: [EntityErrors]) -> Double {
        sample.reduce(into: MatchCounts()) { $0 += errors[$1].overlapping }.f1
    }

    private static func partialF1(_ sample: [Int], _ errors: [EntityErrors]) -> Double {
        var (points, entities) = (0.0, 0)
        for sentence in sample {
            points += Double(errors[sentence].correct) + Double(errors[sentence].boundary.total) / 2
            entities += errors[sentence].overlapping.predicted + errors[sentence].overlapping.actual
        }
        return Ratio.of(2 * points, Double(entities))
    }

    /// - Parameters:
    ///   - counts: Of each type.
    ///   - f1: Of the same types.
    ///   - strict: Strict F1, of the types of which an entity is left.
    private static func types(
        _ counts: [MatchCounts], _ f1: [EvaluationReport.Figure], _ strict: [EvaluationReport.Figure]
    ) -> EvaluationReport.Table {
        let strict = Dictionary(uniqueKeysWithValues: strict.map { ($0.name, $0) })
        return EvaluationReport.Table(
            "Types",
            columns: [
                "type", "entities", "found", "precision", "recall", "F1", "F1, 95 %", "strict F1", "strict F1, 95 %",
            ],
            rows: zip(counts, f1).map { counts, f1 in
                [
                    .text(f1.name), .count(counts.actual), .count(counts.predicted), .number(counts.precision),
                    .number(counts.recall), .number(f1.value), .interval(f1.interval),
                    .number(strict[f1.name]?.value), .interval(strict[f1.name]?.interval),
                ]
            })
    }

    private static func kinds(of errors: EntityErrors) -> EvaluationReport.Table {
        let kinds = [
            ("right", errors.correct), ("wrong type", errors.wrongType),
            ("boundary too short", errors.boundary.tooShort), ("boundary too long", errors.boundary.tooLong),
            ("boundary shifted", errors.boundary.shifted), ("wrong type and boundary", errors.wrongTypeAndBoundary),
            ("missed", errors.missed), ("spurious", errors.spurious),
        ]
        return EvaluationReport.Table(
            "What happened", columns: ["kind", "entities"], rows: kinds.map { [.text($0), .count($1)] })
    }
}
