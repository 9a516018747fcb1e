/// Names of entities by their type, from a file with a type, a tab and a name on each line.
public struct EntityNames: Sendable {
    /// For each type its names, in order.
    public let names: [String: [String]]

    /// Reads a file.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String) throws {
        let lines = LineFile(path)
        var names: [String: [String]] = [:]
        try lines.forEach { line, number in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            if line.allSatisfy(\.isWhitespace) { return }
            guard parts.count == 2, !parts[0].isEmpty, parts[1].contains(where: { !$0.isWhitespace }) else {
                throw lines.error(line: number, "expected a type, a tab and a name")
            }
            names[String(parts[0]), default: []].append(String(parts[1]))
        }
        guard !names.isEmpty else { throw lines.error(.empty, "has no names") }
        self.names = names
    }
}
