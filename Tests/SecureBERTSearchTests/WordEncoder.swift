import SecureBERT
import SecureBERTSearch
import SecureBERTTensor
import TestSupport

/// An encoder whose vectors count words, so that what is near what can be told by hand. Every word is a token.
enum WordEncoder {
    static func make(name: String = "words", digest: String = "d1", dimensions: Int = 24, maximumTokens: Int = 64)
        -> SearchEncoder
    {
        SearchEncoder(.init(name: name, digest: digest, dimensions: dimensions), maximumTokens: maximumTokens) { text in
            var words = SearchWords(stopWords: [])
            words.minimumLength = 1
            return words(text).count + 2
        } vectors: { texts, _ in
            texts.map { vector($0, dimensions) }
        }
    }

    static func vector(_ text: String, _ dimensions: Int = 24) -> [Float] {
        var vector = [Float](repeating: 0.01, count: dimensions)
        for word in SearchWords()(text) {
            var hash: UInt64 = 14_695_981_039_346_656_037
            for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
            vector[Int(hash % UInt64(dimensions))] += 1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }

    static func manifest(
        _ encoder: SearchEncoder = make(), format: VectorFormat = .float32, rescoring: VectorFormat? = nil
    ) -> IndexManifest {
        IndexManifest(
            modelName: encoder.identity.name, modelDigest: encoder.identity.digest,
            dimensions: encoder.identity.dimensions, vectorFormat: format, rescoringFormat: rescoring,
            passageTokens: 32, overlapTokens: 8)
    }
}

/// An index in a temporary folder.
final class TestIndex {
    let folder: TemporaryFolder
    let compute: Compute
    let encoder: SearchEncoder
    let manifest: IndexManifest
    var path: String { folder.file("index") }

    init(encoder: SearchEncoder = WordEncoder.make(), format: VectorFormat = .float32, rescoring: VectorFormat? = nil)
        throws
    {
        folder = try TemporaryFolder()
        compute = try Compute(threads: 1)
        self.encoder = encoder
        manifest = WordEncoder.manifest(encoder, format: format, rescoring: rescoring)
    }

    /// Adds documents as an update of its own, and takes out those below some paths that are not among them.
    @discardableResult
    func update(
        _ documents: [SourceDocument], removing sources: [String] = [], roots: [String] = [], batch: Int = 128
    ) throws -> IndexUpdate.Report {
        let update = try IndexUpdate(try store(), encoder, roots: roots, batchCount: batch)
        for document in documents { try update.add(document) }
        try update.finish(removingMissingFrom: sources)
        return update.report
    }

    func store() throws -> EmbeddedStore { try EmbeddedStore(writing: path, creating: manifest, compute: compute) }

    func reading() throws -> EmbeddedStore { try EmbeddedStore(reading: path, compute: compute) }

    func search() throws -> SearchIndex { try SearchIndex(try reading(), encoder: encoder) }

    /// The ids that a search finds.
    func ids(_ text: String, _ change: (inout SearchQuery) -> Void = { _ in }) throws -> [String] {
        var query = SearchQuery(text)
        change(&query)
        return try search().search(query).results.map(\.document.id)
    }

    /// What is wrong with the index.
    func problems() throws -> [String] { try reading().check { _, _ in } }
}

/// A document from a text.
func document(_ id: String, _ text: String, source: String = "", title: String = "") -> SourceDocument {
    SourceDocument(id: id, title: title, text: text, source: source)
}
