import SecureBERTCheckpoint

/// Texts with one label each, or with any number of labels.
///
/// JSON lines: `{"text", "label", "id"?}` or `{"text", "labels": [...], "id"?}`; labels are strings, whole numbers or
/// booleans. CSV: columns `text` and `label`, or `labels` with semicolons between, and perhaps `id`.
public struct ClassificationDataset: Sendable {
    /// A text with its labels.
    public struct Example: Sendable, Equatable {
        /// What the data call it; nil when they do not.
        public let id: String?
        /// The text.
        public let text: String
        /// Its labels; exactly one unless the set has several a text.
        public let labels: [String]
        /// The line of the file, from 1.
        public let line: Int
    }

    /// The file, for messages.
    public let file: String
    /// The texts, in order.
    public let examples: [Example]
    /// Whether a text may have several labels, or none.
    public let isMultiLabel: Bool
    /// The labels, in the order of the outputs of a model: those given, or those that occur by the bytes of their names.
    public let labels: [String]

    /// Reads a file.
    /// - Parameters:
    ///   - path: JSON lines or, by its name, CSV; decompressed when the name ends in `.zst`.
    ///   - labels: those there may be, in order; nil takes what the file has.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String, labels: [String]? = nil) throws {
        let table = Compression.strippedName(path).lowercased().hasSuffix(".csv")
        let reader = try table ? ClassificationReader(CSVTable(path: path)) : ClassificationReader(LineFile(path))
        file = reader.file
        examples = reader.examples
        isMultiLabel = reader.isMultiLabel ?? false
        guard !examples.isEmpty else { throw CorpusError(.empty, file: file, "has no examples") }
        if let labels {
            let allowed = Set(labels)
            for example in examples {
                if let other = example.labels.first(where: { !allowed.contains($0) }) {
                    throw CorpusError(
                        .mismatch, file: file, line: example.line,
                        "the label \(other.quoted) is none of the \(labels.count) expected\(labels.count <= 20 ? ": \(labels.quotedList)" : "")"
                    )
                }
            }
            self.labels = labels
        } else {
            self.labels = Set(examples.flatMap(\.labels)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// Reads a file, or the training queries of a folder in BEIR's layout, labelled with the ids of their passages.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(texts path: String) throws {
        guard FileSystem.kind(of: path) == .folder else {
            try self.init(path: path)
            return
        }
        let dataset = try RetrievalDataset(folder: path, split: "train")
        let examples = dataset.queries.map { query in
            let relevant = (dataset.judgements[query.id] ?? [:]).filter { $0.value > 0 }.keys.sorted()
            return Example(id: query.id, text: query.text, labels: relevant, line: 0)
        }
        self.init(file: dataset.folder, examples: examples, isMultiLabel: examples.contains { $0.labels.count != 1 })
    }

    /// The labels are those that occur.
    private init(file: String, examples: [Example], isMultiLabel: Bool) {
        (self.file, self.examples, self.isMultiLabel) = (file, examples, isMultiLabel)
        labels = Set(examples.flatMap(\.labels)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// For each text, the indices of its labels.
    public var targets: [[Int]] {
        let indices = Dictionary(labels.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { a, _ in a })
        return examples.map { $0.labels.compactMap { indices[$0] } }
    }

    /// The number of texts with each label.
    public var counts: [Int] {
        targets.reduce(into: [Int](repeating: 0, count: labels.count)) { counts, labels in
            for label in labels { counts[label] += 1 }
        }
    }

    /// The labels of the label set that no text has.
    public var labelsWithoutExample: [String] { zip(labels, counts).filter { $0.1 == 0 }.map(\.0) }

    /// Checks that this set has one label a text, or any number, as another has.
    /// - Throws: ``CorpusError`` that says which has what.
    func requireSameKind(as other: ClassificationDataset) throws(CorpusError) {
        guard isMultiLabel != other.isMultiLabel else { return }
        throw CorpusError(
            .mismatch, file: file,
            """
            has \(isMultiLabel ? "\"labels\"" : "\"label\"") where \(other.file.printable) has \
            \(other.isMultiLabel ? "\"labels\"" : "\"label\""); use one of them in all files
            """)
    }

    /// Checks that there are two classes to tell apart, as a validation split needs.
    /// - Throws: ``CorpusError`` that names the only one.
    public func requireTwoClasses() throws(CorpusError) {
        if isMultiLabel {
            guard counts.contains(where: { $0 > 0 && $0 < examples.count }) else {
                throw CorpusError(
                    .mismatch, file: file,
                    "has the same labels in every example, so nothing can be chosen or tuned on it")
            }
        } else if let only = examples.first?.labels.first, examples.allSatisfy({ $0.labels == [only] }) {
            throw CorpusError(
                .mismatch, file: file,
                "has examples of one class only, \(only.quoted), so nothing can be chosen or tuned on it")
        }
    }
}

/// Reads examples from either format.
private struct ClassificationReader {
    let file: String
    private(set) var examples: [ClassificationDataset.Example] = []
    /// Nil before the first example.
    private(set) var isMultiLabel: Bool?

    init(_ lines: LineFile) throws {
        file = lines.name
        try lines.forEachObject { record in
            let (one, several) = (record.value("label"), record.value("labels"))
            guard (one == nil) != (several == nil) else {
                throw record.error(
                    "has \(one == nil ? "neither" : "both") \"label\" \(one == nil ? "nor" : "and") \"labels\", expected one of them"
                )
            }
            let labels = try one == nil ? record.names("labels") : [record.name("label")]
            try add(
                .init(
                    id: try record.optionalName("id"), text: try record.string("text"), labels: labels,
                    line: record.line), isMultiLabel: one == nil)
        }
    }

    init(_ table: CSVTable) throws {
        file = table.file
        let text = try table.index(of: "text")
        let isMultiLabel = table.columns.contains("labels")
        let label = try table.index(of: isMultiLabel ? "labels" : "label")
        let id = table.columns.firstIndex(of: "id")
        for row in table.rows {
            let field = row.fields[label]
            let labels =
                isMultiLabel ? field.utf8.split(separator: UInt8(ascii: ";")).map { String(Substring($0)) } : [field]
            try add(
                .init(id: id.map { row.fields[$0] }, text: row.fields[text], labels: labels, line: row.line),
                isMultiLabel: isMultiLabel)
        }
    }

    private mutating func add(_ example: ClassificationDataset.Example, isMultiLabel: Bool) throws(CorpusError) {
        func error(_ problem: String) -> CorpusError {
            CorpusError(.malformed, file: file, line: example.line, problem)
        }
        guard self.isMultiLabel ?? isMultiLabel == isMultiLabel else {
            throw error(
                "has \(isMultiLabel ? "\"labels\"" : "\"label\"") where the lines above have \(isMultiLabel ? "\"label\"" : "\"labels\""); use one of them throughout"
            )
        }
        self.isMultiLabel = isMultiLabel
        guard !example.labels.contains("") else { throw error("a label is empty") }
        guard Set(example.labels).count == example.labels.count else { throw error("a label is given twice") }
        examples.append(example)
    }
}
