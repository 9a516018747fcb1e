import Logging
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTSearch
import Synchronization

/// Searches an index, for `/v1/search`.
///
/// Before each search it asks whether the files are still those that were opened, and opens the index again when they are not: one may be damaged,
/// removed, replaced or repaired while the server runs. What is mapped of a file that was cut off must not be touched.
package final class SearchService: Sendable {
    /// Opens the index with the encoder it was made with.
    package typealias Opening = @Sendable () throws -> SearchIndex

    private struct State {
        var index: SearchIndex?
        /// As they were before the index was opened.
        var files = IndexFiles()
        /// What was logged last; nil when the last search went well.
        var problem: String?
    }

    private let location: SearchLocation
    private let opening: Opening
    private let logger: Logger
    private let state = Mutex(State())

    package init(_ location: SearchLocation, logger: Logger, opening: @escaping Opening) {
        (self.location, self.logger, self.opening) = (location, logger, opening)
    }

    /// Opens the index.
    /// - Parameter isRequired: Whether a problem is thrown; otherwise it is logged, and searches are answered with it.
    /// - Throws: `SearchError`; what the opening throws.
    package func open(isRequired: Bool) throws {
        do {
            _ = try index()
        } catch let error as SearchError where !isRequired {
            note(error)
        }
    }

    /// Searches.
    /// - Throws: ``APIError`` when the index cannot do what is asked, or cannot be used now.
    func search(_ query: SearchQuery) throws -> JSON {
        do {
            let json = try index().search(query).withoutPlaces.json
            note(nil)
            return json
        } catch let error as SearchError where error.code == .invalidRequest {
            throw APIError(.validation, Self.sentence(error))
        } catch let error as SearchError {
            note(error)
            throw APIError(.unhealthy, Self.sentence(error))
        }
    }

    /// What the index is, for `/info`; null while it cannot be used.
    var json: JSON {
        guard let store = try? index().store, let counts = try? store.read({ try $0.counts() }) else { return .null }
        return [
            "model": .string(store.manifest.modelName), "documents": .integer(counts.documents),
            "passages": .integer(counts.passages), "bytes": .integer(counts.bytes),
            "vectors": .string(store.manifest.vectorFormat.rawValue),
            "kinds": .object(.init(counts.kinds.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
        ]
    }

    private func index() throws -> SearchIndex {
        let files = IndexFiles(location)
        if let index = state.withLock({ $0.files == files ? $0.index : nil }) { return index }
        state.withLock { $0.index = nil }
        let index = try opening()
        state.withLock { ($0.index, $0.files) = (index, files) }
        return index
    }

    /// Logs a problem once, and that it is over. The next search opens the index again.
    private func note(_ error: SearchError?) {
        let problem = error?.description
        let last = state.withLock { state in
            if error != nil { state.index = nil }
            defer { state.problem = problem }
            return state.problem
        }
        if let problem, problem != last {
            logger.warning("the index cannot be searched", metadata: ["problem": "\(problem)"])
        } else if problem == nil, last != nil {
            logger.info("the index can be searched again")
        }
    }

    /// Where an index is, is none of the clients' business.
    private static func sentence(_ error: SearchError) -> String {
        guard error.code != .unavailable else { return "the index cannot be reached now; the server's log says why" }
        let problem = error.location.isEmpty ? error.problem : error.problem.replacing(error.location, with: "DIR")
        return "the index: \(problem)"
    }
}

/// The files of an index as they lie on the disk; none for a database.
private struct IndexFiles: Equatable {
    private var versions: [String: FileVersion] = [:]

    init() {}

    init(_ location: SearchLocation) {
        guard case .folder(let folder) = location else { return }
        for name in (try? FileSystem.names(inFolder: folder)) ?? [] where !Self.belongsToConnections(name) {
            versions[name] = FileVersion(path: FileSystem.join(folder, name))
        }
    }

    /// What SQLite's connections keep for themselves, and the lock of writers, change without the index.
    private static func belongsToConnections(_ name: String) -> Bool {
        name.hasSuffix("-wal") || name.hasSuffix("-shm") || name.hasSuffix(".lock")
    }
}
