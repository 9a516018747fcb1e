import SecureBERTCheckpoint

extension SearchError {
    /// What libpq says of a connection that did not come about.
    package init(connecting message: String, _ location: String) {
        let line = message.oneLine
        if line.contains("password authentication failed") || line.contains("authentication failed") {
            self.init(
                .unavailable, location,
                "the server refuses the user or the password: \(line); look at both, or at ~/.pgpass")
        } else if line.contains("no password supplied") {
            self.init(
                .unavailable, location,
                "the server wants a password: set PGPASSWORD, or write it to ~/.pgpass or into the address")
        } else if line.contains("database"), line.contains("does not exist") {
            self.init(.notFound, location, "there is no such database: \(line); make it with createdb")
        } else {
            self.init(
                .unavailable, location,
                "the server cannot be reached: \(line); look at the address and whether the server runs")
        }
    }

    /// What an error of a statement means.
    /// - Parameters:
    ///   - state: its SQLSTATE, see appendix A of PostgreSQL's documentation.
    ///   - code: of those that say nothing of their kind.
    package init(state: String, message: String, _ location: String, otherwise code: Code) {
        let message = message.oneLine
        switch state {
        case "42P01", "42703", "3F000":
            self.init(
                .damaged, location, "the tables of the index are not complete (\(message)); build the index again")
        case "42501": self.init(.writeFailed, location, "the user may not do that: \(message)")
        case "25006": self.init(.writeFailed, location, "the database can only be read: \(message)")
        case _ where state.hasPrefix("53"):
            self.init(
                code == .writeFailed ? .writeFailed : .unavailable, location,
                "the server is out of something: \(message)")
        case "XX001", "XX002":
            self.init(
                .damaged, location, "the database is damaged: \(message); restore a copy or build the index again")
        case _ where state.hasPrefix("08") || state.hasPrefix("57P"):
            self.init(.unavailable, location, "the server has ended the connection: \(message); try again")
        default: self.init(code, location, "the server reports: \(message) (SQLSTATE \(state.printable))")
        }
    }
}

extension String {
    /// The lines of a message as one, fit for a terminal.
    var oneLine: String {
        let lines = split(whereSeparator: \.isNewline).map { line in
            String(line.drop { $0 == " " || $0 == "\t" })
        }
        // libpq asks that in a line of its own; our messages say what to look at.
        return lines.filter { !$0.hasPrefix("Is the server running") }.joined(separator: " ").prefix(400).split(
            separator: "\t"
        ).joined(separator: " ").longPrintable
    }

    /// ``printable`` without its limit of length, which messages of servers with a path in them exceed.
    private var longPrintable: String {
        var out = ""
        var rest = Substring(self)
        while !rest.isEmpty {
            out += rest.prefix(200).printable
            rest = rest.dropFirst(200)
        }
        return out
    }
}
