import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTTensor

extension ReportAnalyzer {
    /// Loads the models that reports are analyzed with.
    /// - Parameters:
    ///   - ner: Folder or name of a model for entities; nil for the shipped one.
    ///   - folder: Of the knowledge files.
    ///   - messages: Says whether remarks are wanted.
    static func load(
        ner: String?, _ knowledge: KnowledgeBase, folder: String, _ compute: ComputeOptions,
        _ messages: MessageOptions
    ) throws -> ReportAnalyzer {
        let mapping = try TechniqueMapping(folder: folder)
        let shared = try Compute(threads: compute.threads)
        var models = LoadedModels(shared)
        let encoder = try SentenceEncoder(models.load(named: mapping.encoder, head: .none))
        let vectors = try EntryVectors.load(.techniques, knowledge, folder: folder, encoder, shared, messages)
        return ReportAnalyzer(
            recognizer: try EntityRecognizer(
                models.load(named: ner ?? ShippedModel.ner.rawValue, head: .tokenClassification)),
            mapper: TechniqueMapper(
                classifier: try TextClassifier(
                    models.load(named: mapping.classifier, head: .sequenceClassification)),
                encoder: encoder, knowledge: knowledge, mapping: mapping, vectors: vectors),
            knowledge: knowledge)
    }
}

extension PretrainedModel {
    /// Loads a model by its folder, or by the name of one that is shipped or was pulled.
    static func named(_ name: String, head: ModelHead, _ compute: Compute) throws -> PretrainedModel {
        var option = ModelNameOption()
        option.model = name
        return try open(option.folder(), head: head, compute)
    }
}

extension EntryVectors {
    /// Reads those of a folder; makes them anew when it has none for these entries and this encoder.
    static func load(
        _ subject: Subject, _ knowledge: KnowledgeBase, folder: String, _ encoder: SentenceEncoder, _ compute: Compute,
        _ messages: MessageOptions
    ) throws -> EntryVectors {
        try EntryVectors(folder: folder, subject, knowledge: knowledge, encoder, compute)
            ?? making(of: subject.entries(of: knowledge), subject, encoder, messages)
    }

    /// Makes them anew, with a progress bar.
    static func making(
        of entries: [KnowledgeEntry], _ subject: Subject, _ encoder: SentenceEncoder, _ messages: MessageOptions
    ) throws -> EntryVectors {
        let progress = ProgressBar(subject.rawValue, unit: .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        return try EntryVectors(of: entries, subject, encoder) { progress.update(completed: $0, total: $1) }
    }
}
