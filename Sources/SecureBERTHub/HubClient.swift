import NIOCore
import NIOHTTP1
import SecureBERTCheckpoint

/// A model that is complete in the cache.
public struct PulledSnapshot: Sendable {
    /// The folder with the files, which every loader of this package accepts.
    public let path: String
    /// The commit that the revision stood for.
    public let commit: String
    /// The files, in the order of the hub's list.
    public let files: [File]
    /// Bytes of all files.
    public var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

    /// One file of the model.
    public struct File: Sendable, Hashable {
        /// The path inside the folder.
        public let path: String
        /// The size.
        public let bytes: Int
        /// SHA-256 of the content, or git's SHA-1 for small files: the name of the blob in the cache.
        public let digest: String
        /// Whether it was in the cache before.
        public let wasCached: Bool
    }
}

/// Downloads models from a Hugging Face hub into the cache that all Hugging Face tools share.
///
/// The only part of this package that uses the network, and only inside ``pull(_:selection:progress:)``. Contents are
/// checked against the digests that the hub lists before they get their names; a folder that is there is complete as
/// far as it was asked for.
public struct HubClient: Sendable {
    /// Where to download from and to.
    public let configuration: HubConfiguration

    /// Makes a client; nothing is opened before a pull.
    public init(configuration: HubConfiguration) {
        self.configuration = configuration
    }

    /// Downloads what is missing of a model.
    ///
    /// Several pulls, also those of the Python tools, may fill one cache at the same time. Cancelling leaves only
    /// `.incomplete` files, which the next pull continues.
    /// - Parameters:
    ///   - reference: the model and its revision.
    ///   - selection: which files.
    ///   - progress: called often, one call at a time, from any thread; should return quickly.
    /// - Returns: where the files are.
    /// - Throws: ``HubError``; `CancellationError`.
    public func pull(
        _ reference: HubReference, selection: FileSelection = .usable,
        progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> PulledSnapshot {
        guard !configuration.isOffline else {
            throw HubError(
                .offline,
                "\(reference) was not downloaded because HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set; unset it to pull"
            )
        }
        let transport = try HubTransport(configuration)
        do {
            let snapshot = try await pull(reference, selection, transport, progress)
            await transport.shutDown()
            return snapshot
        } catch {
            await transport.shutDown()
            throw error
        }
    }

    private func pull(
        _ reference: HubReference, _ selection: FileSelection, _ transport: HubTransport,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> PulledSnapshot {
        let listing = try await transport.listing(of: reference)
        let layout = CacheLayout(cacheFolder: configuration.cacheFolder, name: reference.name)
        let chosen = try choose(selection, from: listing, reference)
        try layout.prepare()
        let files = try await inParallel(chosen) { file in
            try await transport.describe(file, of: reference, commit: listing.commit)
        }
        try requireRoom(for: files, in: layout)
        let tracker = ProgressTracker(
            total: files.reduce(0) { $0 + $1.size }, fileCount: files.count, report: progress)
        let wasCached = try await inParallel(files) { file in
            try await BlobDownload(
                transport: transport, reference: reference, commit: listing.commit, path: file.path, size: file.size,
                digest: file.digest, layout: layout, progress: tracker
            ).run()
        }
        // Names come last: whoever finds the revision finds all of its files.
        for file in files { try layout.link(file.path, in: listing.commit, to: file.digest) }
        if !reference.isPinned { try layout.record(reference.revision, commit: listing.commit) }
        return PulledSnapshot(
            path: layout.snapshot(listing.commit), commit: listing.commit,
            files: zip(files, wasCached).map { file, wasCached in
                .init(path: file.path, bytes: file.size, digest: file.digest.hex, wasCached: wasCached)
            })
    }

    /// The files of the list that are wanted.
    private func choose(
        _ selection: FileSelection, from listing: RepositoryListing, _ reference: HubReference
    ) throws(HubError) -> [RemoteFile] {
        let wanted = Set(selection.select(listing.files.map(\.path)).map { Array($0.utf8) })
        let files = listing.files.filter { wanted.contains(Array($0.path.utf8)) }
        let isUseful = files.contains { $0.path.hasSuffix(".json") || $0.path.hasSuffix(".txt") }
        guard !files.isEmpty, selection != .usable || isUseful else {
            let names = listing.files.prefix(5).map(\.path.printable).joined(separator: ", ")
            let found = listing.files.isEmpty ? "is empty" : "has \(listing.files.count) files (\(names), ...)"
            switch selection {
            case .usable:
                throw HubError(
                    .notFound, "\(reference) \(found), none of which this package can use; --all downloads them anyway")
            case .matching(let patterns):
                throw HubError(
                    .notFound, "\(reference) \(found), none of which matches \(patterns.joined(separator: ", "))")
            case .all: throw HubError(.notFound, "\(reference) \(found)")
            }
        }
        return files
    }

    /// - Throws: ``HubError`` with code `diskFull` when the missing bytes do not fit.
    private func requireRoom(for files: [DescribedFile], in layout: CacheLayout) throws(HubError) {
        var missing = 0
        for file in files where Disk.size(layout.blob(file.digest)) != file.size {
            missing += max(0, file.size - (Disk.size(layout.incompleteBlob(file.digest)) ?? 0))
        }
        guard let free = Disk.freeBytes(layout.blobs), free < missing else { return }
        throw HubError(
            .diskFull,
            "\(layout.folder) needs \(missing) more bytes and its disk has \(free) free; "
                + "make room or set HF_HUB_CACHE to a larger disk")
    }

    /// Maps values a few at a time; the results are in the order of the values.
    private func inParallel<Value: Sendable, Result: Sendable>(
        _ values: [Value], _ body: @escaping @Sendable (Value) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var waiting = values.enumerated().makeIterator()
            func startNext() {
                guard let (index, value) = waiting.next() else { return }
                group.addTask { (index, try await body(value)) }
            }
            for _ in 0..<max(1, configuration.concurrentDownloads) { startNext() }
            var results: [Result?] = Array(repeating: nil, count: values.count)
            while let (index, result) = try await group.next() {
                results[index] = result
                startNext()
            }
            return results.compactMap { $0 }
        }
    }
}
