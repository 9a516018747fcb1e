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
        let encoder = try SentenceEncoder(.named(mapping.encoder, head: .none, shared))
        let vectors =
            try TechniqueVectors(folder: folder, knowledge: knowledge, encoder, shared)
            ?? TechniqueVectors.making(of: knowledge, encoder, messages)
        return ReportAnalyzer(
            recognizer: try EntityRecognizer(
                .named(ner ?? ShippedModel.ner.rawValue, head: .tokenClassification, shared)),
            mapper: TechniqueMapper(
                classifier: try TextClassifier(.named(mapping.classifier, head: .sequenceClassification, shared)),
                encoder: encoder, knowledge: knowledge, mapping: mapping, vectors: vectors),
            knowledge: knowledge)
    }
}

extension PretrainedModel {
    /// Loads a model by its folder, or by the name of one that is shipped or was pulled.
    static func named(_ name: String, head: ModelHead, _ compute: Compute) throws -> PretrainedModel {
        var option = ModelNameOption()
        option.model = name
        let folder = try option.folder()
        return try ModelNameOption.asBadModel {
            try PretrainedModel(folder: folder, head: head, compute: compute)
        }
    }
}

extension TechniqueVectors {
    /// Makes them anew, with a progress bar.
    static func making(
        of knowledge: KnowledgeBase, _ encoder: SentenceEncoder, _ messages: MessageOptions
    ) throws -> TechniqueVectors {
        let progress = ProgressBar("techniques", unit: .documents, isEnabled: !messages.quiet)
        defer { progress.finish() }
        return try TechniqueVectors(of: knowledge, encoder) { progress.update(completed: $0, total: $1) }
    }
}
