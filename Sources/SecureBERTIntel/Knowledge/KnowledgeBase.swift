import SecureBERTCheckpoint

/// What is known offline: the entries of the knowledge files of a folder.
public struct KnowledgeBase: Sendable {
    public let files: [KnowledgeFile]
    /// The entries of all files; an id that several have is described by the first, and related as all say.
    public let entries: [KnowledgeEntry]
    private let places: [String: Int]

    public init(_ files: [KnowledgeFile]) {
        var (entries, places): ([KnowledgeEntry], [String: Int]) = ([], [:])
        for entry in files.lazy.flatMap(\.entries) {
            if let place = places[entry.id] {
                entries[place] = entries[place].merged(with: entry)
            } else {
                places[entry.id] = entries.count
                entries.append(entry)
            }
        }
        (self.files, self.entries, self.places) = (files, entries, places)
    }

    /// Reads all files of a folder whose names end in `.jsonl`, in the order of their names.
    /// - Throws: `CheckpointError` when there is none, or one is malformed.
    public init(folder: String) throws {
        let names = try FileSystem.names(inFolder: folder).filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }
        guard !names.isEmpty else {
            throw CheckpointError(.notFound, file: folder, "has no knowledge files (*.jsonl)")
        }
        self.init(try names.map { try KnowledgeFile(path: FileSystem.join(folder, $0)) })
    }

    /// The entry of an id: "T1059.001", "CWE-79".
    public subscript(id: String) -> KnowledgeEntry? { places[id].map { entries[$0] } }
}
