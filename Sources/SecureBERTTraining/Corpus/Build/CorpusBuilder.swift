import Crypto
import SecureBERTCheckpoint
import SecureBERTJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Builds a corpus: reads, cleans and filters all files on all threads, then removes duplicates and writes shards.
///
/// Processed files are kept in partitions below the output until the corpus is complete. A run that was interrupted goes on
/// with the partitions whose inputs and rules have not changed.
public struct CorpusBuilder {
    /// What is asked for besides the recipe.
    public struct Options: Sendable {
        /// Which share of the inputs: part `index` of 0..<`count`.
        public var part: (index: Int, count: Int) = (0, 1)
        /// Threads that read and clean.
        public var threads = 1
        /// Whether sources without a folder are left out.
        public var skipsMissing = false
        /// Whether partitions stay after the corpus is complete, for a later run with more or changed inputs.
        public var keepsPartitions = false
        /// Evaluation sets to keep out besides those of the recipe: files, or folders of them.
        public var evaluationFiles: [String] = []
        /// Counts tokens when given.
        public var tokenizer: DocumentTokenizer?

        /// One thread, all inputs.
        public init() {}
    }

    /// How far a run has come.
    public enum Progress: Sendable {
        /// Bytes of the inputs read, of all.
        case reading(Int, of: Int)
        /// A step in between.
        case step(String)
        /// Shards written, of all.
        case writing(Int, of: Int)
    }

    private let recipe: CorpusRecipe
    private let output: String
    private let options: Options
    private let work: String

    /// - Parameters:
    ///   - recipe: what to build.
    ///   - output: the folder for the corpus; it is made when it does not exist.
    ///   - options: how.
    /// - Throws: ``CorpusError`` when the output cannot be made.
    public init(_ recipe: CorpusRecipe, output: String, options: Options = Options()) throws {
        self.recipe = recipe
        self.output = output
        self.options = options
        work = FileSystem.join(output, ".partitions")
        try OutputFolder.make(work)
    }

    /// Builds the corpus.
    /// - Parameter progress: called from time to time on this thread.
    /// - Returns: What is in it.
    /// - Throws: ``CorpusError`` for missing inputs, damaged ones and an empty result; `CheckpointError` when something
    ///   cannot be written. Finished partitions stay and are used by the next run.
    public func run(progress: (Progress) -> Void = { _ in }) throws -> CorpusStatistics {
        let inputs = try CorpusInputs(recipe, part: options.part, skipsMissing: options.skipsMissing)
        progress(.step("evaluation sets"))
        let (decontamination, evaluationDigest) = try readEvaluationSets()
        progress(.step("furniture of web pages"))
        let furniture = try findFurniture(inputs)
        let worker = PartitionWorker(recipe, decontamination, furniture, options.tokenizer)
        let paths = try process(inputs, worker, evaluationDigest, progress)
        var partitions: [(file: PartitionFile, source: Int)] = []
        for (index, path) in paths.enumerated() {
            partitions.append((try PartitionFile(path: path), inputs.partitions[index].source))
        }
        let selection = try CorpusSelection(recipe, partitions, work: work) { progress(.step($0)) }
        var statistics = CorpusStatistics(recipe, selection, partitions, options)
        statistics.missing = inputs.missing
        statistics.evaluationRuns = decontamination.runCount
        partitions = []
        guard statistics.documents > 0 else {
            throw CorpusError(
                .empty, file: recipe.file,
                "leaves no document of the \(statistics.documentsRead) read; loosen its filters or check its sources")
        }
        try removeOldCorpus()
        let writer = CorpusWriter(
            selection: selection, partitions: paths.enumerated().map { ($1, inputs.partitions[$0].source) },
            output: output,
            work: work, threads: options.threads)
        let shards = try writer.write(bytes: statistics.splitBytes, shardBytes: recipe.shardBytes) {
            progress(.writing($0, of: $1))
        }
        statistics.add(shards)
        try AtomicFile.write(
            Array(CorpusReport(statistics).html.utf8), to: FileSystem.join(output, CorpusStatistics.reportName))
        try AtomicFile.write(
            Array(statistics.json.prettyText.utf8) + [0x0A], to: FileSystem.join(output, CorpusStatistics.fileName))
        try cleanUp(keeping: Set(paths))
        return statistics
    }

    // MARK: - Evaluation sets

    private func readEvaluationSets() throws -> (Decontamination, [UInt8]) {
        let plan = recipe.decontamination
        var decontamination = Decontamination(length: plan.length, action: plan.action)
        var digest = SHA256()
        digest.update(data: Array("\(plan.length) \(plan.action)".utf8))
        func read(_ file: String, _ texts: EvaluationTexts) throws {
            digest.update(data: try FileSource.digest(path: file))
            digest.update(data: Array("\(texts)".utf8))
            try texts.read(file) { decontamination.add($0) }
        }
        for set in plan.sets {
            let folder = set.folder.hasPrefix("/") ? set.folder : FileSystem.join(recipe.root, set.folder)
            for file in try EvaluationFiles.find(set.files, in: folder) {
                try read(
                    file, EvaluationTexts(format: set.format ?? EvaluationTexts.format(of: file), fields: set.fields))
            }
        }
        for path in options.evaluationFiles {
            let files = FileSystem.kind(of: path) == .folder ? try EvaluationFiles.all(in: path) : [path]
            for file in files { try read(file, EvaluationTexts(format: EvaluationTexts.format(of: file), fields: [])) }
        }
        return (decontamination, Array(digest.finalize()))
    }

    // MARK: - Furniture

    /// Looks at some pages of each source of web pages for what they share.
    private func findFurniture(_ inputs: CorpusInputs) throws -> [SiteFurniture] {
        try recipe.sources.enumerated().map { number, source in
            guard let place = source.readerName.furniture, source.isCleaned else { return SiteFurniture() }
            let files = inputs.partitions.filter { $0.source == number }.flatMap(\.files)
            let step = max(1, files.count / SiteFurniture.sample)
            var pages: [[UInt8]] = []
            for index in stride(from: 0, to: files.count, by: step) where files[index].byteCount < 4 << 20 {
                let bytes = try OpenedFile(path: files[index].path).readAll(
                    file: files[index].path, limit: SourceFiles.longestFile)
                let file = SourceFile(path: files[index].path, name: files[index].name, bytes: bytes)
                // What cannot be read is reported when all files are.
                try? source.reader.read(file) { if !$0.text.isEmpty { pages.append(Characters.clean($0.text)) } }
            }
            return SiteFurniture(pages: pages, place: place)
        }
    }

    // MARK: - Processing

    /// Makes or finds every partition, in order.
    private func process(
        _ inputs: CorpusInputs, _ worker: PartitionWorker, _ evaluationDigest: [UInt8], _ progress: (Progress) -> Void
    ) throws -> [String] {
        let total = inputs.byteCount
        var done = 0
        var paths: [String] = []
        var writer: PartitionWriter?
        let signatureBytes = recipe.duplicates.removesNear ? recipe.duplicates.permutations : 0
        var feed = PartitionFeed(inputs.partitions, recipe)
        try OrderedPipeline.run(
            threads: options.threads,
            produce: {
                try feed.next { partition in
                    let key = try key(partition, evaluationDigest, worker.furniture[partition.source])
                    return (key, PartitionFile(path: PartitionFormat.path(work, key: key), key: key) != nil)
                }
            },
            transform: { item in (item, try worker.process(item)) },
            consume: { item, documents in
                if case .start(let key, let isKept) = item.content {
                    paths.append(PartitionFormat.path(work, key: key))
                    writer = isKept ? nil : try PartitionWriter(folder: work, key: key, signatureBytes: signatureBytes)
                } else if case .end = item.content {
                    try writer?.commit()
                    writer = nil
                } else {
                    try writer?.append(documents)
                }
                done += item.byteCount
                progress(.reading(done, of: total))
            })
        return paths
    }

    /// Identifies the result of a partition: equal keys have equal results.
    private func key(
        _ partition: InputPartition, _ evaluationDigest: [UInt8], _ furniture: SiteFurniture
    ) throws -> [UInt8] {
        var digest = SHA256()
        digest.update(data: Array("\(furniture.digest)".utf8))
        digest.update(data: recipe.processingDigest)
        digest.update(data: evaluationDigest)
        digest.update(data: options.tokenizer?.digest ?? [])
        digest.update(data: Array("\(PartitionFormat.version) \(recipe.sources[partition.source].processingText)".utf8))
        for file in partition.files {
            digest.update(data: Array("\u{0}\(file.name)\u{0}".utf8))
            digest.update(data: try FileSource.digest(path: file.path))
        }
        return Array(digest.finalize())
    }

    // MARK: - Files

    /// Removes the shards of an earlier corpus in the same folder: the new one may have fewer.
    private func removeOldCorpus() throws {
        let path = FileSystem.join(output, CorpusStatistics.fileName)
        guard FileSystem.kind(of: path) == .file else { return }
        let names = CorpusStatistics.shardNames(folder: output) ?? []
        unlink(path)
        for name in names { unlink(FileSystem.join(output, name + ".jsonl")) }
    }

    /// Removes partitions that are no longer needed.
    private func cleanUp(keeping paths: Set<String>) throws {
        for name in try FileSystem.names(inFolder: work) {
            let path = FileSystem.join(work, name)
            if !options.keepsPartitions || !paths.contains(path) { unlink(path) }
        }
        if !options.keepsPartitions { rmdir(work) }
    }
}
