import SecureBERTCheckpoint

/// A piece of work that one thread does.
struct WorkItem: Sendable {
    enum Content: Sendable {
        /// A partition begins; whether it is there already.
        case start(key: [UInt8], isKept: Bool)
        /// Files to be read whole.
        case files([InputFile])
        /// Lines of a file.
        case lines(SourceFile)
        /// The partition is complete.
        case end
    }

    /// Number of the source in the recipe.
    let source: Int
    let content: Content
    /// Bytes on the disk that this stands for, for the progress bar.
    let byteCount: Int
}

/// Hands out the files of all partitions in pieces of about a megabyte: small files together, files of lines in chunks.
struct PartitionFeed {
    private static let batchBytes = 1 << 20
    private static let batchFiles = 128

    private var partitions: ArraySlice<InputPartition>
    private let recipe: CorpusRecipe
    private var waiting: ArraySlice<InputFile> = []
    private var current: InputPartition?
    private var lines: (chunks: LineChunkReader, opened: OpenedFile, file: InputFile, position: Int)?

    init(_ partitions: [InputPartition], _ recipe: CorpusRecipe) {
        self.partitions = partitions[...]
        self.recipe = recipe
    }

    /// The next piece; nil after the last.
    /// - Parameter begin: gives the key of a partition, and whether it is there already.
    mutating func next(_ begin: (InputPartition) throws -> (key: [UInt8], isKept: Bool)) throws -> WorkItem? {
        if let chunk = try nextLines() { return chunk }
        guard let current else {
            guard let partition = partitions.popFirst() else { return nil }
            let (key, isKept) = try begin(partition)
            self.current = partition
            waiting = isKept ? [] : partition.files[...]
            return WorkItem(
                source: partition.source, content: .start(key: key, isKept: isKept),
                byteCount: isKept ? partition.byteCount : 0)
        }
        guard let file = waiting.first else {
            self.current = nil
            return WorkItem(source: current.source, content: .end, byteCount: 0)
        }
        if recipe.sources[current.source].readerName == .jsonl {
            waiting.removeFirst()
            let opened = try OpenedFile(path: file.path)
            lines = (LineChunkReader(opened, file: file.path), opened, file, 0)
            return try next(begin)
        }
        return batch(current.source)
    }

    private mutating func batch(_ source: Int) -> WorkItem {
        var files: [InputFile] = []
        var bytes = 0
        while let file = waiting.first, files.isEmpty || bytes + file.byteCount <= Self.batchBytes,
            files.count < Self.batchFiles
        {
            files.append(file)
            bytes += file.byteCount
            waiting.removeFirst()
        }
        return WorkItem(source: source, content: .files(files), byteCount: bytes)
    }

    private mutating func nextLines() throws -> WorkItem? {
        guard var state = lines, let current else { return nil }
        guard let chunk = try state.chunks.next() else {
            lines = nil
            return WorkItem(
                source: current.source, content: .files([]), byteCount: max(0, state.file.byteCount - state.position))
        }
        let position = min(state.file.byteCount, state.opened.position)
        let item = WorkItem(
            source: current.source,
            content: .lines(
                SourceFile(
                    path: state.file.path, name: Compression.strippedName(state.file.name), bytes: chunk.bytes,
                    firstLine: chunk.firstLine)),
            byteCount: max(0, position - state.position))
        state.position = max(position, state.position)
        lines = state
        return item
    }
}

/// Does the work.
struct PartitionWorker: Sendable {
    private let recipe: CorpusRecipe
    private let decontamination: Decontamination
    private let tokenizer: DocumentTokenizer?
    /// By the number of the source.
    let furniture: [SiteFurniture]
    private let budget = MemoryBudget(bytes: 256 << 20)

    init(
        _ recipe: CorpusRecipe, _ decontamination: Decontamination, _ furniture: [SiteFurniture],
        _ tokenizer: DocumentTokenizer?
    ) {
        self.recipe = recipe
        self.decontamination = decontamination
        self.furniture = furniture
        self.tokenizer = tokenizer
    }

    /// Reads and processes a piece.
    /// - Throws: ``CorpusError`` for damaged lines of a corpus and missing programs. Files of other formats that cannot be read
    ///   are counted.
    func process(_ item: WorkItem) throws -> ProcessedDocuments {
        var out = ProcessedDocuments()
        let source = recipe.sources[item.source]
        switch item.content {
        case .start, .end: return out
        case .lines(let lines):
            var processor = DocumentProcessor(recipe, decontamination, furniture[item.source], tokenizer)
            try processor.process(lines, source, into: &out)
            out.counts.files = lines.firstLine == 1 ? 1 : 0
        case .files(let files):
            var processor = DocumentProcessor(recipe, decontamination, furniture[item.source], tokenizer)
            for file in files {
                do {
                    try budget.withBytes(file.byteCount * (Compression(path: file.path) == nil ? 2 : 10)) {
                        try processor.process(try read(file, source), source, into: &out)
                    }
                } catch let error as CorpusError {
                    guard error.code == .malformed || error.code == .damaged else { throw error }
                    out.counts.unreadable.append(error.description)
                }
            }
        }
        return out
    }

    private func read(_ file: InputFile, _ source: SourceRecipe) throws -> SourceFile {
        // pdftotext reads the file itself.
        let bytes =
            source.readerName == .pdf
            ? [] : try OpenedFile(path: file.path).readAll(file: file.path, limit: SourceFiles.longestFile)
        return SourceFile(path: file.path, name: Compression.strippedName(file.name), bytes: bytes)
    }
}

/// Lets threads hold only so many bytes of large files at once; one that is larger than that waits until it is alone.
final class MemoryBudget: Sendable {
    private let limit: Int
    private let monitor = Monitor()
    private let used = Counter()

    private final class Counter: @unchecked Sendable {
        // `@unchecked Sendable`: touched with the monitor locked only.
        var value = 0
    }

    init(bytes: Int) { limit = bytes }

    func withBytes<Value>(_ count: Int, _ body: () throws -> Value) throws -> Value {
        monitor.locked(when: { used.value == 0 || used.value + count <= limit }) { used.value += count }
        defer { monitor.locked { used.value -= count } }
        return try body()
    }
}

/// Files of evaluation sets.
enum EvaluationFiles {
    /// The files of a folder that fit one of the patterns, sorted.
    /// - Throws: ``CorpusError`` when a pattern fits none.
    static func find(_ patterns: [PathPattern], in folder: String) throws -> [String] {
        var found: Set<String> = []
        for pattern in patterns {
            // A plain path needs no search, and may lead out of the folder.
            let plain = pattern.text.hasPrefix("/") ? pattern.text : FileSystem.join(folder, pattern.text)
            if FileSystem.kind(of: plain) == .file {
                found.insert(plain)
                continue
            }
            let matches = try files(folder, "").filter { pattern.matches($0) }
            guard !matches.isEmpty else {
                throw CorpusError(
                    .notFound, file: plain, "does not exist, expected an evaluation set to keep out of the corpus")
            }
            found.formUnion(matches.map { FileSystem.join(folder, $0) })
        }
        return found.sorted(by: FileSystem.bytesAscending)
    }

    /// All files of a folder that are sets by their names.
    static func all(in folder: String) throws -> [String] {
        let endings = ["jsonl", "csv", "tsv", "conll", "txt", "bio", "iob"].map { PathPattern("**/*.\($0)") }
        let names = try files(folder, "").filter { name in
            endings.contains { $0.matches(Compression.strippedName(name)) }
        }
        return names.map { FileSystem.join(folder, $0) }
    }

    private static func files(_ folder: String, _ prefix: String) throws -> [String] {
        try FileSystem.names(inFolder: folder).filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = FileSystem.join(folder, name)
            switch FileSystem.kind(of: path) {
            case .folder: return try files(path, prefix + name + "/")
            case .file: return [prefix + name]
            default: return []
            }
        }
    }
}
