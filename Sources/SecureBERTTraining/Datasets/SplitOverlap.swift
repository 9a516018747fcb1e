import SecureBERTCheckpoint

/// What two splits of a data set have in common, and should not: a model that was trained on a test example knows it.
public struct SplitOverlap: Sendable, Equatable {
    /// A text that is in both splits, as compared: see ``Comparison``.
    public struct SharedText: Sendable, Equatable {
        /// A line of the first split's file that has it.
        public let firstLine: Int
        /// A line of the second split's file that has it.
        public let secondLine: Int
        /// The text as it is in the second split.
        public let text: String
    }

    /// An example, as far as it is compared.
    public struct Item: Sendable {
        let id: String?
        let text: String
        let line: Int

        /// An example with its name, its text and the line of its file.
        public init(id: String?, text: String, line: Int) {
            (self.id, self.text, self.line) = (id, text, line)
        }
    }

    /// When two texts are the same.
    public enum Comparison: Sendable {
        /// When their letters and digits are, upper and lower case alike.
        case prose
        /// When they are without white space and C comments.
        case code
    }

    /// Names that are in both splits, sorted.
    public let ids: [String]
    /// Texts that are in both splits, one for each text of the second that is.
    public let texts: [SharedText]

    /// Whether there is nothing in common.
    public var isEmpty: Bool { ids.isEmpty && texts.isEmpty }

    /// Compares two splits. Texts without a letter or digit are not compared.
    public init(_ first: [Item], _ second: [Item], comparison: Comparison = .prose) {
        let names = Set(first.compactMap(\.id))
        ids = Set(second.compactMap(\.id)).intersection(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var lines: [[UInt8]: Int] = [:]
        for item in first { lines[comparison.key(item.text), default: item.line] = item.line }
        texts = second.compactMap { item in
            let key = comparison.key(item.text)
            guard !key.isEmpty, let line = lines[key] else { return nil }
            return SharedText(firstLine: line, secondLine: item.line, text: item.text)
        }
    }

    /// Refuses an overlap.
    /// - Parameters:
    ///   - first: the file of the first split, for the message.
    ///   - second: that of the second.
    /// - Throws: ``CorpusError`` that says how much is shared, with an example.
    public func refuse(_ first: String, _ second: String) throws(CorpusError) {
        if let text = texts.first {
            let others = texts.count == 1 ? "" : " and \(texts.count - 1) more"
            throw CorpusError(
                .mismatch, file: second, line: text.secondLine,
                "the text is also in line \(text.firstLine) of \(first.printable)\(others); remove what the splits share, or force the run and say so with the results"
            )
        }
        if let id = ids.first {
            let others = ids.count == 1 ? "" : " and \(ids.count - 1) more"
            throw CorpusError(
                .mismatch, file: second,
                "the id \(id.quoted)\(others) is also in \(first.printable); remove what the splits share, or force the run and say so with the results"
            )
        }
    }
}

extension SplitOverlap.Comparison {
    /// What equal texts have in common; empty when there is nothing to compare.
    fileprivate func key(_ text: String) -> [UInt8] {
        switch self {
        case .prose:
            var key: [UInt8] = []
            for scalar in text.unicodeScalars {
                if scalar.isASCII {
                    let byte = UInt8(truncatingIfNeeded: scalar.value)
                    if (48...57).contains(byte) || (97...122).contains(byte) { key.append(byte) }
                    if (65...90).contains(byte) { key.append(byte | 32) }
                } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                    key += Array(scalar.properties.lowercaseMapping.utf8)
                }
            }
            return key
        case .code: return SourceText.withoutCommentsAndSpace(Array(text.utf8))
        }
    }
}

/// C source as the comparison of splits sees it.
enum SourceText {
    /// The bytes without comments and white space outside of string and character literals.
    static func withoutCommentsAndSpace(_ code: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        var position = 0
        func starts(_ pair: StaticString) -> Bool {
            position + 1 < code.count && code[position] == pair.utf8Start[0] && code[position + 1] == pair.utf8Start[1]
        }
        while position < code.count {
            let byte = code[position]
            if starts("//") {
                while position < code.count, code[position] != 0x0A { position += 1 }
            } else if starts("/*") {
                position += 2
                while position < code.count, !starts("*/") { position += 1 }
                position += 2
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                kept.append(byte)
                position += 1
                while position < code.count, code[position] != byte, code[position] != 0x0A {
                    if code[position] == UInt8(ascii: "\\"), position + 1 < code.count {
                        kept.append(code[position])
                        position += 1
                    }
                    kept.append(code[position])
                    position += 1
                }
                if position < code.count, code[position] == byte { kept.append(byte) }
                position += 1
            } else {
                if byte > 0x20 { kept.append(byte) }
                position += 1
            }
        }
        return kept
    }
}

extension EntityDataset {
    /// What ``SplitOverlap`` compares.
    public var splitItems: [SplitOverlap.Item] { texts.map { .init(id: $0.id, text: $0.text, line: $0.line) } }
}

extension ClassificationDataset {
    /// What ``SplitOverlap`` compares.
    public var splitItems: [SplitOverlap.Item] { examples.map { .init(id: $0.id, text: $0.text, line: $0.line) } }
}

extension VulnerabilityDataset {
    /// What ``SplitOverlap`` compares.
    public var splitItems: [SplitOverlap.Item] { functions.map { .init(id: $0.id, text: $0.code, line: $0.line) } }
}
