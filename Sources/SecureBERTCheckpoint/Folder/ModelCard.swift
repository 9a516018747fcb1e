/// What the front matter of a model's README.md says about its licence.
public struct ModelCard: Sendable, Hashable {
    /// The licence's identifier: "apache-2.0", "cc-by-nc-4.0"; nil when the card names none.
    public let license: String?
    /// The licence's own name, where the identifier is "other".
    public let licenseName: String?

    /// Whether the licence's identifier says that commercial use is not allowed.
    public var isNonCommercial: Bool {
        [license, licenseName].compactMap { $0?.lowercased() }.contains { name in
            name.split { !$0.isLetter }.contains { $0 == "nc" || $0 == "noncommercial" }
        }
    }

    /// A sentence to show before the model is used; nil when there is nothing to say.
    public var notice: String? {
        let name = licenseName ?? license
        if isNonCommercial, let name { return "The licence \(name.printable) does not allow commercial use." }
        if let license, license.lowercased().contains("openrail") {
            return "The licence \(license.printable) restricts what the model may be used for."
        }
        return nil
    }

    /// Only this much of a README is read; front matter is at its start.
    static let maximumByteCount = 256 << 10
    static let maximumFileByteCount = 64 << 20

    /// Reads the front matter of a README.md, the lines between two lines of `---` at its start.
    /// - Throws: ``CheckpointError`` when the file cannot be read.
    public init(path: String) throws(CheckpointError) {
        let bytes = try FileSystem.read(path, limit: Self.maximumFileByteCount).prefix(Self.maximumByteCount)
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    /// Reads front matter from the text of a README.
    public init(text: String) {
        var license: String?
        var licenseName: String?
        // By scalars: a CRLF is one Character and would not split at "\n".
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Self.trimmedEnd)
        if lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") {
            for (index, line) in lines[..<end].enumerated() {
                if let value = Self.value(of: "license", line) {
                    // A list of licences continues on the next lines.
                    license = value.isEmpty ? Self.listItem(lines[min(index + 1, end)]) : value
                } else if let value = Self.value(of: "license_name", line) {
                    licenseName = value
                }
            }
        }
        self.license = license
        self.licenseName = licenseName
    }

    private static func trimmedEnd(_ line: Substring.UnicodeScalarView) -> String {
        var line = line
        while let last = line.last, last.properties.isWhitespace { line.removeLast() }
        return String(line)
    }

    private static func value(of key: String, _ line: String) -> String? {
        guard line.hasPrefix(key + ":") else { return nil }
        return unquoted(line.dropFirst(key.count + 1))
    }

    private static func listItem(_ line: String) -> String? {
        let item = line.drop { $0 == " " }
        return item.hasPrefix("- ") ? unquoted(item.dropFirst(2)) : nil
    }

    private static func unquoted(_ text: Substring) -> String {
        String(text).split(separator: " #", omittingEmptySubsequences: false)[0]
            .filter { !"\"'[]".contains($0) }.trimmingSpaces
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
