import SecureBERTCheckpoint

/// Queries, documents and judgements in a folder laid out as in BEIR: `corpus.jsonl` (`{"_id", "title"?, "text"}`),
/// `queries.jsonl` (`{"_id", "text"}`) and `qrels/SPLIT.tsv` (a header, then query, document and grade with tabs between).
/// Each file may be compressed: `.zst` or `.gz`.
public struct RetrievalDataset: Sendable {
    /// A document of the corpus.
    public struct Passage: Sendable, Equatable {
        /// Its name.
        public let id: String
        /// Its title; empty when it has none.
        public let title: String
        /// Its text.
        public let text: String

        /// Title and text with a space between, as BEIR joins them.
        public var contents: String { title.isEmpty ? text : "\(title) \(text)" }
    }

    /// A query.
    public struct Query: Sendable, Equatable {
        /// Its name.
        public let id: String
        /// Its text.
        public let text: String
    }

    /// The folder.
    public let folder: String
    /// All documents, in order.
    public let passages: [Passage]
    /// The queries with judgements in the split, in the order of the file.
    public let queries: [Query]
    /// For each query the grades of the documents judged; 0 is not relevant.
    public let judgements: [String: [String: Int]]
    /// The file of the judgements.
    let judgementFile: String
    /// For each query the line of its first judgement, from 1.
    let judgementLines: [String: Int]

    /// Reads a split.
    /// - Throws: ``CorpusError`` with the line of the first mistake.
    public init(folder: String, split: String) throws {
        self.folder = folder
        let passages = try Self.passages(Self.file(folder, "corpus.jsonl"))
        let queries = try Self.queries(Self.file(folder, "queries.jsonl"))
        let file = try Self.file(folder, "qrels/\(split).tsv")
        judgementFile = file.name
        (judgements, judgementLines) = try Self.judgements(
            file, queries: Set(queries.map(\.id)), passages: Set(passages.map(\.id)))
        self.passages = passages
        let judged = judgements
        self.queries = queries.filter { judged[$0.id] != nil }
    }

    private static func file(_ folder: String, _ name: String) throws(CorpusError) -> LineFile {
        for ending in ["", ".zst", ".gz"] {
            let path = FileSystem.join(folder, name + ending)
            if FileSystem.kind(of: path) == .file { return LineFile(path) }
        }
        throw CorpusError(
            .notFound, file: FileSystem.join(folder, name),
            "there is no such file; expected corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, each perhaps with .zst or .gz"
        )
    }

    private static func passages(_ file: LineFile) throws -> [Passage] {
        var lines: [String: Int] = [:]
        var passages: [Passage] = []
        try file.forEachObject { record in
            let id = try record.identifier(&lines)
            passages.append(
                Passage(id: id, title: try record.optionalString("title") ?? "", text: try record.string("text")))
        }
        guard !passages.isEmpty else { throw file.error(.empty, "has no documents") }
        return passages
    }

    private static func queries(_ file: LineFile) throws -> [Query] {
        var lines: [String: Int] = [:]
        var queries: [Query] = []
        try file.forEachObject { record in
            queries.append(Query(id: try record.identifier(&lines), text: try record.string("text")))
        }
        guard !queries.isEmpty else { throw file.error(.empty, "has no queries") }
        return queries
    }

    private static func judgements(
        _ file: LineFile, queries: Set<String>, passages: Set<String>
    ) throws -> (grades: [String: [String: Int]], lines: [String: Int]) {
        var judgements: [String: [String: Int]] = [:]
        var lines: [String: Int] = [:]
        try file.forEach { line, number in
            guard line.utf8.contains(where: { $0 > 0x20 }) else { return }
            let columns = line.utf8.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
            guard columns.count == 3 else {
                throw file.error(
                    line: number,
                    "has \(columns.count) columns, expected a query, a document and a grade with tabs between")
            }
            guard let grade = Int(columns[2]) else {
                // The header: "query-id", "corpus-id", "score".
                if number == 1 { return }
                throw file.error(line: number, "the grade is \(columns[2].quoted), expected a whole number")
            }
            guard queries.contains(columns[0]) else {
                throw file.error(line: number, "the query \(columns[0].quoted) is not in queries.jsonl")
            }
            guard passages.contains(columns[1]) else {
                throw file.error(line: number, "the document \(columns[1].quoted) is not in corpus.jsonl")
            }
            guard judgements[columns[0], default: [:]].updateValue(grade, forKey: columns[1]) == nil else {
                throw file.error(
                    line: number, "the document \(columns[1].quoted) is judged twice for the query \(columns[0].quoted)"
                )
            }
            lines[columns[0]] = lines[columns[0]] ?? number
        }
        guard !judgements.isEmpty else { throw file.error(.empty, "has no judgements") }
        return (judgements, lines)
    }
}

extension JSONRecord {
    /// The member "_id", which no earlier line may have.
    fileprivate func identifier(_ lines: inout [String: Int]) throws(CorpusError) -> String {
        let id = try name("_id")
        guard let earlier = lines.updateValue(line, forKey: id) else { return id }
        throw error("the \"_id\" \(id.quoted) is already in line \(earlier)")
    }
}
