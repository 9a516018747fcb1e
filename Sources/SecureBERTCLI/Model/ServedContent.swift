import Logging
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTSearch
import SecureBERTServer
import SecureBERTTensor
import SecureBERTTraining

/// Loads what `serve` serves: each folder once, whatever it is used for.
enum ServedContent {
    static func load(_ command: ServeCommand, version: String, _ logger: Logger) throws -> Server.Content {
        let compute = try Compute(threads: command.compute.threads)
        var loaded = LoadedModels(compute)
        let named = try command.model.flatMap { try Self.named($0, &loaded) }
        let shipped = command.onlyModels ? [] : try Self.shipped(except: named.map(\.id), compute)
        var content = Server.Content(models: named + shipped)
        content.search = try search(content.models, command, compute, logger)
        guard !command.onlyModels else { return content }
        content.analysis = try analysis(content.models, command, compute)
        content.scan = try scan(content.models, version: version)
        return content
    }

    /// `ID=DIR`, or a folder or name that is called by its last part. Of a folder with several heads each is a model, `ID/HEAD`.
    private static func named(
        _ option: String, _ loaded: inout LoadedModels
    ) throws -> [(id: String, model: PretrainedModel)] {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var name = ModelNameOption()
        name.model = parts.count == 2 ? parts[1] : option
        let folder = try name.folder()
        let id = parts.count == 2 ? parts[0] : option.split(separator: "/").suffix(2).joined(separator: "/")
        guard !id.isEmpty else {
            throw CommandLineError(
                .usage, "--model \(option.visible): expected a name before the =, such as rerank=DIR")
        }
        let isFolder = parts.count == 1 && FileSystem.kind(of: option) != nil
        let called = isFolder ? option.split(separator: "/").last.map(String.init) ?? id : id
        let heads = try folder.sharedHead == nil ? SharedHead.names(inFolder: folder.path) : []
        guard !heads.isEmpty else { return [(called, try loaded.load(folder))] }
        return try heads.map { head in
            ("\(called)/\(head)", try loaded.load(ModelFolder(path: SharedHead.path(head, inFolder: folder.path))))
        }
    }

    /// The models that come with the program, those that requests mean when they name none first.
    private static func shipped(
        except ids: [String], _ compute: Compute
    ) throws -> [(id: String, model: PretrainedModel)] {
        try [ShippedModel.embed, .attack, .ner, .base, .vulnerability, .rerank].compactMap { shipped in
            guard !ids.contains(shipped.rawValue), let folder = shipped.folder else { return nil }
            return (
                shipped.rawValue,
                try ModelNameOption.asBadModel {
                    try PretrainedModel(
                        path: folder, head: shipped == .embed ? ModelHead.none : nil, compute: compute)
                }
            )
        }
    }

    private static func analysis(
        _ models: [(id: String, model: PretrainedModel)], _ command: ServeCommand, _ compute: Compute
    ) throws -> AnalysisService {
        func model(_ name: String, _ head: ModelHead) throws -> PretrainedModel {
            try models.first { $0.id == name }?.model ?? .named(name, head: head, compute)
        }
        let folder = try InstalledKnowledge.folder(command.knowledge.knowledge)
        let knowledge = try KnowledgeBase(folder: folder)
        let mapping = try TechniqueMapping(folder: folder)
        let encoder = try SentenceEncoder(model(mapping.encoder, .none))
        let analyzer = ReportAnalyzer(
            recognizer: try EntityRecognizer(model(ShippedModel.ner.rawValue, .tokenClassification)),
            mapper: TechniqueMapper(
                classifier: try TextClassifier(model(mapping.classifier, .sequenceClassification)), encoder: encoder,
                knowledge: knowledge, mapping: mapping,
                vectors: try .load(.techniques, knowledge, folder: folder, encoder, compute, command.messages)),
            knowledge: knowledge)
        return AnalysisService(analyzer, knowledge, read: UploadedDocument.report)
    }

    /// The index of `--index`, `--store` or their variables, searched with the served model that it was made with; without them the one that the
    /// other commands take, which the server does not insist on.
    private static func search(
        _ models: [(id: String, model: PretrainedModel)], _ command: ServeCommand, _ compute: Compute, _ logger: Logger
    ) throws -> SearchService? {
        var place = command.location
        if !place.isGiven { place.index = ServeCommand.environment("index") }
        if !place.isGiven { place.store = ServeCommand.environment("store") }
        guard place.isGiven || place.hasDefault else { return nil }
        let location = try place.location()
        let encoders = try models.filter { $0.model.isSentenceEncoder }.map { try SearchEncoder($0.model) }
        let reranker = try Self.reranker(command.indexReranker, models)
        let service = SearchService(location, logger: logger) {
            let store = try location.openToRead(compute: compute)
            let digest = store.manifest.modelDigest
            guard let encoder = encoders.first(where: { $0.identity.digest == digest }) ?? encoders.first else {
                throw SearchError(
                    .mismatch, store.location,
                    "was built with \(store.manifest.modelName), and no model that embeds is served; serve it with --model DIR"
                )
            }
            return try SearchIndex(store, encoder: encoder, reranker: reranker)
        }
        try service.open(isRequired: place.isGiven)
        return service
    }

    /// The cross-encoder of `--index-reranker`, or the one that comes with the program.
    private static func reranker(
        _ id: String?, _ models: [(id: String, model: PretrainedModel)]
    ) throws -> SearchIndex.Reranker? {
        guard let model = models.first(where: { $0.id == id ?? ShippedModel.rerank.rawValue })?.model else {
            guard let id else { return nil }
            throw CommandLineError(
                .usage, "--index-reranker \(id.visible): is none of the served models",
                hint: "--model \(id.visible)=DIR")
        }
        return SearchIndex.reranker(try CrossEncoder(model))
    }

    private static func scan(
        _ models: [(id: String, model: PretrainedModel)], version: String
    ) throws -> ScanService? {
        guard let model = models.first(where: { $0.id == ShippedModel.vulnerability.rawValue })?.model else {
            return nil
        }
        let context = ScanContext(
            toolVersion: version, modelName: ShippedModel.vulnerability.rawValue,
            triage: try TriageTable(folder: model.path))
        return try ScanService(TextClassifier(model), context: context)
    }
}

/// A document that a client has sent.
private enum UploadedDocument {
    /// The text of a document; a PDF goes through a temporary file to pdftotext.
    @Sendable static func report(
        _ bytes: [UInt8], name: String, limits: DocumentLimits
    ) throws -> ReportAnalyzer.Report {
        do {
            guard bytes.starts(with: "%PDF-".utf8) else {
                let text = try ReadableText(bytes, path: name)
                return .init(text.text, name: name, digest: text.digest)
            }
            let limits = ProgramLimits(
                seconds: limits.seconds, outputBytes: limits.textBytes, isCancelled: limits.isCancelled)
            return try SystemCalls.withTemporaryFile(bytes, suffix: ".pdf") { path in
                let text = try ReadableText(bytes, path: path, limits: limits)
                return .init(text.text, name: name, digest: text.digest)
            }
        } catch let error as CorpusError {
            throw APIError(.validation, "the document cannot be read: \(error.problem)")
        } catch is CommandLineError {
            throw APIError(
                .unhealthy, "the document cannot be read: the server's folder for temporary files cannot be written")
        }
    }
}

extension PretrainedModel {
    /// Whether it has no head, so that its vectors are its result.
    fileprivate var isSentenceEncoder: Bool { if case .none = transformer.head { true } else { false } }
}
