import SecureBERTCheckpoint

/// Texts with labelled entities, from a file in CoNLL columns or in JSON lines.
///
/// - A file whose name ends in `.jsonl` (or `.jsonl.zst`, `.jsonl.gz`) has one text a line:
///   `{"text", "entities": [{"start", "end", "type"}], "id"?}`, offsets in Unicode scalars, the end behind the last one.
/// - Any other has one word a line, the word in the first column and the tag in the last; columns are set apart by tabs, or by
///   spaces where a line has no tab, and sentences by blank or `-DOCSTART-` lines.
public struct EntityDataset: Sendable {
    /// What to expect of a file.
    public struct Options: Sendable {
        /// How entities are written as tags; nil finds out (see ``TagScheme``).
        public var scheme: TagScheme?
        /// Whether a tag that cannot stand where it does is an error; otherwise it is read as seqeval's default does, and
        /// counted.
        public var isStrict = false
        /// The types there may be; nil allows any.
        public var types: [String]?

        /// Finds the scheme out, mends and counts violations, allows any type.
        public init() {}
    }

    /// A tag that cannot stand where it does: `I-` behind nothing or another type.
    public struct Violation: Sendable, Equatable {
        /// The line, from 1.
        public let line: Int
        /// The tag.
        public let tag: String
        /// The one in front of it; nil at the start of a sentence.
        public let previous: String?
    }

    /// The file, for messages.
    public let file: String
    /// The texts, in order.
    public let texts: [LabeledText]
    /// The types that occur, by the bytes of their names.
    public let types: [String]
    /// The scheme of the tags; nil for a file of spans.
    public let scheme: TagScheme?
    /// The tags that were mended on reading.
    public let violations: [Violation]

    /// Reads a file.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(path: String, _ options: Options = Options()) throws {
        let lines = LineFile(path)
        file = lines.name
        if DocumentFiles.isJSONLines(path) {
            texts = try SpanLines(lines, types: options.types).texts
            scheme = nil
            violations = []
        } else {
            let columns = try ConllColumns(lines, options)
            (texts, scheme, violations) = (columns.texts, columns.scheme, columns.violations)
        }
        guard !texts.isEmpty else { throw lines.error(.empty, "has no labelled sentences") }
        types = Set(texts.flatMap { $0.entities.map(\.type) }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The number of entities of each type.
    public var counts: [String: Int] {
        texts.reduce(into: [:]) { counts, text in
            for entity in text.entities { counts[entity.type, default: 0] += 1 }
        }
    }
}

extension [String] {
    /// The elements in quotes, with commas between.
    var quotedList: String { map(\.quoted).joined(separator: ", ") }
}
