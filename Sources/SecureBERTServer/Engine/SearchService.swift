import SecureBERTJSON
import SecureBERTSearch

/// Searches an index, for `/v1/search`.
package struct SearchService: Sendable {
    private let index: SearchIndex

    /// - Parameter index: With the encoder it was made with.
    package init(_ index: SearchIndex) { self.index = index }

    /// Searches.
    /// - Throws: ``APIError`` when the index cannot do what is asked, or cannot be read now.
    func search(_ query: SearchQuery) throws -> JSON {
        do {
            return try index.search(query).withoutPlaces.json
        } catch let error as SearchError {
            guard error.code != .invalidRequest else { throw APIError(.validation, "the index: \(error.problem)") }
            // What is wrong names files and addresses of the server.
            throw APIError(
                .unhealthy,
                error.code == .damaged
                    ? "the index is damaged; securebert index check says where, on the server"
                    : "the index cannot be read now; securebert index info says why, on the server")
        }
    }

    /// What the index is, for `/info`; null while it cannot be read.
    var json: JSON {
        guard let counts = try? index.store.read({ try $0.counts() }) else { return .null }
        let manifest = index.store.manifest
        return [
            "model": .string(manifest.modelName), "documents": .integer(counts.documents),
            "passages": .integer(counts.passages), "bytes": .integer(counts.bytes),
            "vectors": .string(manifest.vectorFormat.rawValue),
            "kinds": .object(.init(counts.kinds.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
        ]
    }
}
