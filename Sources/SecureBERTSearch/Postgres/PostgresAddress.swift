import SecureBERTCheckpoint

/// The address of an index in a database: `postgres://user:password@host:port/database?schema=name`.
///
/// All but `schema` is libpq's (its documentation, "Connection URIs"): other parameters behind the question mark, several hosts,
/// folders of Unix sockets, and what is left out, from the environment and `~/.pgpass`.
package struct PostgresAddress: Sendable, Equatable {
    /// What libpq connects to.
    package let connection: String
    /// The schema with the tables of the index: one index each.
    package let schema: String
    /// The address without its password, for messages.
    package let location: String

    static let defaultSchema = "securebert"
    /// Parameters that are secrets.
    private static let secrets: Set<String> = ["password", "sslpassword"]

    /// - Throws: ``SearchError`` when the schema is not a plain name.
    package init(_ address: String) throws(SearchError) {
        let (base, query) = Self.cut(address, at: "?")
        let parameters = query.map { $0.split(separator: "&").map(String.init) } ?? []
        let schemas = parameters.filter { Self.cut($0, at: "=").before == "schema" }
        let others = parameters.filter { Self.cut($0, at: "=").before != "schema" }
        func joined(_ base: String, _ parameters: [String]) -> String {
            parameters.isEmpty ? base : base + "?" + parameters.joined(separator: "&")
        }
        connection = joined(base, others)
        location = joined(
            Self.withoutPassword(base),
            parameters.filter { !Self.secrets.contains(Self.cut($0, at: "=").before) })
        schema = schemas.last.flatMap { Self.cut($0, at: "=").after } ?? Self.defaultSchema
        guard Self.isPlainName(schema) else {
            throw SearchError(
                .invalidRequest, location,
                "the schema \(schema.quoted) must be a name of lower-case letters, digits and underscores, at most 63, not starting with a digit or pg_"
            )
        }
    }

    /// What comes before the first such character and what behind it; nil without one.
    private static func cut(_ text: String, at separator: Character) -> (before: String, after: String?) {
        guard let place = text.firstIndex(of: separator) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    /// `scheme://user:password@host/...` without the password.
    private static func withoutPassword(_ base: String) -> String {
        guard let colon = base.firstIndex(of: ":"), base[colon...].hasPrefix("://") else { return base }
        let authority = base[base.index(colon, offsetBy: 3)...].prefix { $0 != "/" }
        // A password with an @ in it should have been written as %40; nothing of it may be shown all the same. The rest of the
        // address may have one too, where the password has a slash.
        guard let at = base.lastIndex(of: "@"), at >= authority.startIndex,
            let secret = base[authority.startIndex..<at].firstIndex(of: ":")
        else { return base }
        return String(base[..<secret]) + String(base[at...])
    }

    private static func isPlainName(_ name: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard let first = name.utf8.first, isWord(first), name.utf8.count <= 63, !name.hasPrefix("pg_") else {
            return false
        }
        return name.utf8.allSatisfy { isWord($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
