import SecureBERTTensor

/// Where an index is, as people write it: a folder, or the address of a PostgreSQL database.
public enum SearchLocation: Sendable, Equatable {
    case folder(String)
    case postgres(String)

    public init(_ text: String) {
        let isAddress = ["postgres://", "postgresql://"].contains { text.hasPrefix($0) }
        self = isAddress ? .postgres(text) : .folder(text)
    }

    /// Opens an index to search it.
    /// - Parameter compute: where vectors are compared, as far as this computer does it.
    /// - Throws: ``SearchError``.
    public func openToRead(compute: Compute) throws -> any SearchStore {
        switch self {
        case .folder(let path): try EmbeddedStore(reading: path, compute: compute)
        case .postgres(let address): try PostgresStore(reading: address)
        }
    }

    /// Opens an index to change it, and makes it first where there is none.
    /// - Parameters:
    ///   - wanted: the description of a new index; nil to open one that is there.
    ///   - wait: how long to wait for another process that writes.
    ///   - compute: where vectors are compared, as far as this computer does it.
    /// - Throws: ``SearchError``.
    public func openToWrite(
        creating wanted: IndexManifest? = nil, wait: Duration = .zero, compute: Compute
    ) throws -> any SearchStore {
        switch self {
        case .folder(let path): try EmbeddedStore(writing: path, creating: wanted, wait: wait, compute: compute)
        case .postgres(let address): try PostgresStore(writing: address, creating: wanted, wait: wait)
        }
    }
}
