import GRDB
import SecureBERTCheckpoint

extension EmbeddedFolder {
    /// Runs a body and turns errors of SQLite into ours; others pass.
    /// - Parameter code: of those that say nothing of their kind.
    func reporting<Result>(_ code: SearchError.Code, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw SearchError(error, path, otherwise: code)
        } catch is RowDecodingError {
            throw SearchError(
                .damaged, path, "its index.sqlite is damaged: a row has a value of another type; build the index again")
        } catch let error as CheckpointError {
            throw self.error(error)
        }
    }

    /// What an error of a vector file means for the index.
    func error(_ error: CheckpointError) -> SearchError {
        let name = error.file.split(separator: "/").last.map(String.init) ?? error.file
        let code: SearchError.Code =
            switch error.code {
            case .writeFailed: .writeFailed
            case .unreadable: .unreadable
            default: .damaged
            }
        return SearchError(code, path, "\(name.printable) \(error.problem)")
    }
}

extension SearchError {
    /// What an error of SQLite means for the index.
    init(_ error: DatabaseError, _ location: String, otherwise code: Code) {
        let message = error.message ?? "error \(error.resultCode.rawValue)"
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .damaged, location,
                "its index.sqlite is damaged (\(message)); build the index again in another folder, or restore a copy")
        case .SQLITE_FULL:
            self.init(.writeFailed, location, "the disk is full; free some space or keep the index on another disk")
        case .SQLITE_READONLY:
            self.init(.writeFailed, location, "cannot be written: \(message)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, location, "is being used by another process (\(message)); try again")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.unreadable, location, "its index.sqlite cannot be opened: \(message)")
        case .SQLITE_IOERR:
            self.init(code, location, "its index.sqlite cannot be read or written: \(message)")
        case .SQLITE_ERROR where message.hasPrefix("no such table") || message.hasPrefix("no such column"):
            self.init(.damaged, location, "its index.sqlite is not complete (\(message)); build the index again")
        default:
            self.init(code, location, "its index.sqlite reports: \(message)")
        }
    }
}
