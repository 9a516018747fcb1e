import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTTensor

/// Loads what texts are mapped to controls with: knowledge files, models, vectors.
struct ControlMappers {
    let knowledge: KnowledgeBase
    let encoder: SentenceEncoder
    private let folder: String
    private let vectors: EntryVectors
    private let catalogs: [ControlFramework: ControlCatalog]
    private let reranker: ControlReranker?
    private let messages: MessageOptions

    /// - Parameters:
    ///   - reranker: Folder or name of a cross-encoder; nil for none.
    ///   - messages: Says whether progress is shown.
    init(
        _ options: KnowledgeOptions, reranker: String?, _ compute: ComputeOptions, _ messages: MessageOptions
    ) throws {
        folder = try InstalledKnowledge.folder(options.knowledge, having: ControlMapping.fileName)
        knowledge = try KnowledgeBase(folder: folder)
        let shared = try Compute(threads: compute.threads)
        encoder = try SentenceEncoder(
            .named(ControlMapping(folder: folder, .nist80053).encoder, head: .none, shared))
        vectors = try EntryVectors.load(.controls, knowledge, folder: folder, encoder, shared, messages)
        var catalogs: [ControlFramework: ControlCatalog] = [:]
        for framework in ControlFramework.allCases {
            catalogs[framework] = ControlCatalog(framework, knowledge)
        }
        (self.catalogs, self.messages) = (catalogs, messages)
        self.reranker = try reranker.map {
            ControlReranker(try CrossEncoder(.named($0, head: .sequenceClassification, shared)))
        }
    }

    /// That of a framework.
    /// - Parameter change: Given the mapping to change; for measuring what its parts are worth.
    func mapper(
        _ framework: ControlFramework, isReranked: Bool = true, change: (inout ControlMapping) -> Void = { _ in }
    ) throws -> ControlMapper {
        guard let catalog = catalogs[framework] else {
            throw CommandLineError(
                .notFound, "\(folder.visible): has no controls of \(framework.source)", hint: "--knowledge DIR")
        }
        var mapping = try ControlMapping(folder: folder, framework)
        var settings = try ControlMapping(ofSettings: framework, folder: folder)
        change(&mapping)
        if var changed = settings {
            change(&changed)
            settings = changed
        }
        let partners = catalogs[framework == .nist80053 ? .nistCSF : .nist80053]
        return ControlMapper(
            catalog, mapping: mapping, settings: settings, vectors: vectors, partners: partners,
            reranker: isReranked ? reranker : nil)
    }

    /// That of a framework which maps settings as it maps prose; for measuring what fitting to them is worth.
    func mapperOfProse(_ framework: ControlFramework) throws -> ControlMapper {
        let mapper = try mapper(framework, isReranked: false)
        return ControlMapper(
            mapper.catalog, mapping: mapper.mapping, vectors: vectors,
            partners: catalogs[framework == .nist80053 ? .nistCSF : .nist80053])
    }

    /// That of a framework as if it were one's own catalog; for measuring what such a catalog can expect.
    func mapperLikeOwn(_ framework: ControlFramework) throws -> ControlMapper {
        let catalog = try mapper(framework, isReranked: false).catalog
        return ControlMapper(catalog.likeOwn, mapping: try ControlMapping(folder: folder, nil), vectors: vectors)
    }

    /// That of a catalog of one's own, whose vectors are made now.
    func mapper(_ catalog: ControlCatalog) throws -> ControlMapper {
        ControlMapper(
            catalog, mapping: try ControlMapping(folder: folder, nil),
            vectors: try EntryVectors.making(of: catalog.controls, .controls, encoder, messages), reranker: reranker)
    }
}
