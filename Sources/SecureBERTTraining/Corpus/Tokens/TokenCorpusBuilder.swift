import SecureBERTCheckpoint
import SecureBERTJSON

/// Turns a folder of documents into token shards: one shard per file, all threads on one file at a time.
///
/// A shard is kept when its input, the tokenizer and the format have not changed since it was written, so a run that was
/// interrupted goes on where it stopped.
public struct TokenCorpusBuilder {
    private let documents: DocumentFolder
    private let tokenizer: DocumentTokenizer
    private let output: String
    private let threads: Int

    /// How far a run has come.
    public struct Progress: Sendable {
        /// Bytes of the input files that were read or need not be.
        public var bytes: Int
        /// Bytes of all input files, as they are on the disk.
        public let totalBytes: Int
    }

    /// - Parameters:
    ///   - corpus: folder of JSONL documents, possibly compressed.
    ///   - tokenizer: the tokenizer.
    ///   - output: folder for the shards; it is made when it does not exist.
    ///   - threads: how many threads tokenize.
    /// - Throws: ``CorpusError`` when the corpus holds no documents or the output cannot be made.
    public init(corpus: String, tokenizer: DocumentTokenizer, output: String, threads: Int) throws {
        documents = try DocumentFolder(path: corpus)
        self.tokenizer = tokenizer
        self.output = output
        self.threads = threads
        try OutputFolder.make(output)
    }

    /// Writes all shards, and `tokens.json` last.
    /// - Parameter progress: called from time to time on this thread.
    /// - Returns: What is in the shards.
    /// - Throws: ``CorpusError`` for a line that is no document and for damaged input, `CheckpointError` when a shard
    ///   cannot be written. What was finished before stays and is used by the next run.
    public func run(progress: (Progress) -> Void = { _ in }) throws -> TokenCorpusSummary {
        var state = Progress(
            bytes: 0,
            totalBytes: try documents.shards.reduce(0) { sum, shard in
                sum + (try FileSource(path: shard.path).byteCount)
            })
        var summary = TokenCorpusSummary(tokenizer: tokenizer)
        var shards: [TokenManifest.Shard] = []
        for input in documents.shards {
            let start = state.bytes
            let (shard, isKept) = try shard(input) { position in
                state.bytes = start + position
                progress(state)
            }
            state.bytes = start + (try FileSource(path: input.path).byteCount)
            progress(state)
            summary.add(shard, split: input.split, isKept: isKept)
            shards.append(.init(name: input.name, split: input.split, index: shard.indexDigest.hex))
        }
        guard summary.documents > 0 else {
            throw CorpusError(.empty, file: documents.path, "holds no documents with text")
        }
        let path = FileSystem.join(output, TokenManifest.fileName)
        try AtomicFile.write(Array(summary.manifest(shards).prettyText.utf8) + [0x0A], to: path)
        return summary
    }

    /// The shard of an input, which is written unless it is there already.
    private func shard(
        _ input: DocumentFolder.Shard, progress: (Int) -> Void
    ) throws -> (TokenShard, isKept: Bool) {
        let path = FileSystem.join(output, input.name)
        let digest = try FileSource.digest(path: input.path)
        if let shard = try? TokenShard(path: path, checksIDs: true), shard.input == digest,
            shard.tokenizer == tokenizer.digest, shard.vocabularySize == tokenizer.tokenizer.idBound
        {
            return (shard, true)
        }
        let writer = try TokenShardWriter(
            path: path, vocabularySize: tokenizer.tokenizer.idBound, tokenizer: tokenizer.digest, input: digest)
        let file = try OpenedFile(path: input.path)
        var chunks = LineChunkReader(file, file: input.path)
        try OrderedPipeline.run(
            threads: threads, produce: { try chunks.next() },
            transform: { [tokenizer] chunk in try Self.tokenize(chunk, tokenizer, file: input.path) },
            consume: { documents in
                for document in documents { try writer.append(document) }
                progress(file.position)
            })
        try writer.commit()
        return (try TokenShard(path: path, checksIDs: false), false)
    }

    private static func tokenize(
        _ chunk: LineChunk, _ tokenizer: DocumentTokenizer, file: String
    ) throws -> [TokenizedDocument] {
        var documents: [TokenizedDocument] = []
        try chunk.forEachLine { (line, number) throws(any Error) in
            let document = try Document(jsonLine: line, place: "\(file), line \(number)")
            documents.append(
                TokenizedDocument(
                    ids: try tokenizer.ids(of: document.text), source: document.source, kind: document.kind,
                    byteCount: document.text.count))
        }
        return documents
    }
}
