import SecureBERTCheckpoint

/// What two splits of a data set have in common, and should not: a model that was trained on a test example knows it.
public struct SplitOverlap: Sendable, Equatable {
    /// Where an example is.
    public struct Place: Sendable, Equatable, CustomStringConvertible {
        /// The file.
        public let file: String
        /// The line, from 1; 0 in files without lines.
        public let line: Int

        public var description: String { line > 0 ? "line \(line) of \(file.printable)" : file.printable }

        fileprivate func error(_ code: CorpusError.Code, _ problem: String) -> CorpusError {
            line > 0
                ? CorpusError(code, file: file, line: line, problem) : CorpusError(code, file: file, problem)
        }
    }

    /// A name that is in both splits.
    public struct SharedID: Sendable, Equatable {
        /// The name.
        public let id: String
        /// A place of the first split that has it.
        public let first: Place
        /// The place of the second split.
        public let second: Place
    }

    /// A text that is in both splits, as compared: see ``Comparison``.
    public struct SharedText: Sendable, Equatable {
        /// A place of the first split that has it.
        public let first: Place
        /// The place of the second split.
        public let second: Place
        /// The text as it is in the second split.
        public let text: String
    }

    /// An example, as far as it is compared.
    public struct Item: Sendable {
        let id: String?
        let scope: String
        let text: String
        let place: Place

        /// An example.
        /// - Parameters:
        ///   - id: Its name; nil when it has none.
        ///   - scope: Where names mean the same: equal names of different scopes are not the same.
        ///   - text: Its text.
        ///   - file: The file it is in.
        ///   - line: The line of the file, from 1; 0 in files without lines.
        public init(id: String?, scope: String = "", text: String, file: String, line: Int) {
            (self.id, self.scope, self.text, place) = (id, scope, text, Place(file: file, line: line))
        }

        /// The name and where it means something.
        fileprivate var name: [String]? { id.map { [scope, $0] } }
    }

    /// When two texts are the same.
    public enum Comparison: Sendable {
        /// When their letters and digits are, upper and lower case alike.
        case prose
        /// When they are without white space and C comments.
        case code
    }

    /// Names that are in both splits, in the order of the second.
    public let ids: [SharedID]
    /// Texts that are in both splits, one for each text of the second that is.
    public let texts: [SharedText]

    /// Whether there is nothing in common.
    public var isEmpty: Bool { ids.isEmpty && texts.isEmpty }

    /// Compares two splits. Texts without a letter or digit are not compared.
    public init(_ first: [Item], _ second: [Item], comparison: Comparison = .prose) {
        var names: [[String]: Place] = [:]
        var texts: [[UInt8]: Place] = [:]
        for item in first {
            if let name = item.name { names[name] = names[name] ?? item.place }
            let key = comparison.key(item.text)
            texts[key] = texts[key] ?? item.place
        }
        ids = second.compactMap { item in
            guard let id = item.id, let name = item.name, let place = names[name] else { return nil }
            return SharedID(id: id, first: place, second: item.place)
        }
        self.texts = second.compactMap { item in
            let key = comparison.key(item.text)
            guard !key.isEmpty, let place = texts[key] else { return nil }
            return SharedText(first: place, second: item.place, text: item.text)
        }
    }

    /// Refuses names that are in both splits.
    /// - Throws: ``CorpusError`` with file and line of the first.
    public func refuseIDs() throws(CorpusError) {
        guard let shared = ids.first else { return }
        let others = ids.count == 1 ? "" : ", and \(ids.count - 1) more are in both"
        throw shared.second.error(
            .mismatch,
            "the id \(shared.id.quoted) is also in \(shared.first)\(others); remove what the splits share, or force the run and say so with the results"
        )
    }

    /// How many texts the splits share, in one sentence; nil when they share none. Short texts may well be in both.
    public var remark: String? {
        guard let text = texts.first else { return nil }
        let are = texts.count == 1 ? "one text is" : "\(texts.count) texts are"
        return
            "\(are) in the training data and in the validation data, the first in \(text.first) and in \(text.second)"
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
    public var splitItems: [SplitOverlap.Item] {
        texts.map { .init(id: $0.id, text: $0.text, file: file, line: $0.line) }
    }
}

extension ClassificationDataset {
    /// What ``SplitOverlap`` compares.
    public var splitItems: [SplitOverlap.Item] {
        examples.map { .init(id: $0.id, text: $0.text, file: file, line: $0.line) }
    }
}

extension VulnerabilityDataset {
    /// What ``SplitOverlap`` compares.
    public var splitItems: [SplitOverlap.Item] {
        functions.map { .init(id: $0.id, text: $0.code, file: file, line: $0.line) }
    }
}

extension VulnerabilityPairs {
    /// What ``SplitOverlap`` compares: both versions of each function.
    public var splitItems: [SplitOverlap.Item] {
        pairs.flatMap { pair in
            [pair.vulnerable, pair.fixed].map { .init(id: pair.id, text: $0, file: file, line: pair.line) }
        }
    }
}

extension RetrievalDataset {
    /// What ``SplitOverlap`` compares: the judged queries, whose names mean something in this folder only.
    public var splitItems: [SplitOverlap.Item] {
        queries.map {
            .init(
                id: $0.id, scope: FileSystem.resolved(folder) ?? folder, text: $0.text, file: judgementFile,
                line: judgementLines[$0.id] ?? 0)
        }
    }
}

extension [EmbeddingExample] {
    /// What ``SplitOverlap`` compares: the queries.
    /// - Parameter file: The file that the examples are from.
    func splitItems(file: String) -> [SplitOverlap.Item] {
        map { .init(id: $0.id, text: $0.query, file: file, line: $0.line) }
    }
}

extension [AnswerExample] {
    /// What ``SplitOverlap`` compares: question and context.
    /// - Parameter file: The file that the examples are from.
    func splitItems(file: String) -> [SplitOverlap.Item] {
        map { .init(id: $0.id, text: "\($0.question) \($0.context)", file: file, line: 0) }
    }
}
