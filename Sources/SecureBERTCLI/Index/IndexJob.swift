import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTSearch
import SecureBERTTensor
import SecureBERTTraining

/// `index build` and `index add`: reads files and brings an index up to date with them.
final class IndexJob {
    private let options: IndexUpdateOptions
    /// Whether documents that are no longer in the files are taken out of the index.
    private let removesMissing: Bool
    /// Lines and files that could not be read.
    private var failures = 0
    private let progress: ProgressBar
    /// Bytes of the files: of all, read so far, and of those the ones whose documents are in the index.
    private var bytes = (total: 0, read: 0, done: 0)

    /// Problems that are told one by one.
    private static let mostProblems = 20

    init(_ options: IndexUpdateOptions, removesMissing: Bool) {
        (self.options, self.removesMissing) = (options, removesMissing)
        progress = ProgressBar("index", unit: .bytes, isEnabled: !options.messages.quiet)
    }

    func run(_ paths: [String]) throws {
        let files = try IndexFiles(paths) { error throws(CommandLineError) in self.note(error) }
        let location = try options.location.location()
        let model = try options.model.load(options.messages, head: ModelHead.none, default: .embed)
        let encoder = try SearchEncoder(model)
        let wanted = options.settings.manifest(encoder)
        let store = try location.openToWrite(
            creating: wanted, wait: .seconds(options.wait), compute: model.compute)
        try options.settings.check(store.manifest, location: store.location)
        try StandardOutput.scope { out in
            var observer = IndexUpdate.Observer()
            observer.encoding = { passages, total in
                let waiting = self.bytes.read - self.bytes.done
                let completed = self.bytes.done + waiting * passages / max(1, total)
                self.progress.update(
                    completed: completed, total: self.bytes.total > 0 ? self.bytes.total : nil,
                    note: "passage \(passages.grouped) of \(total.grouped)")
            }
            if options.acknowledge {
                observer.committed = { ids in
                    for id in ids { try out.writeLine((["id": .string(id)] as JSON).text) }
                    try out.flush()
                }
            }
            let update = try IndexUpdate(
                store, encoder, roots: IndexFiles.roots(paths), batchCount: options.batch, observer: observer)
            defer { progress.finish() }
            try Interruption.deferred { isRequested in
                try read(files.paths, into: update, isRequested)
                // An update that was interrupted has not seen every file.
                if isRequested() { return try update.commit() }
                let sources = removesMissing ? paths.filter { $0 != "-" }.map(AbsolutePath.of) : []
                try update.finish(removingMissingFrom: sources)
            }
            progress.finish()
            try report(update.report, out)
        }
        if failures > 0 {
            throw CommandLineError(
                .badInput,
                "\(failures.counted("line, file or folder", plural: "lines, files or folders")) could not be read; all others are in the index"
            )
        }
    }

    private func read(_ paths: [String], into update: IndexUpdate, _ isRequested: () -> Bool) throws {
        let sizes = paths.map { $0 == "-" ? 0 : FileSystem.size(of: $0) ?? 0 }
        bytes.total = sizes.reduce(0, +)
        var done = 0
        for (path, size) in zip(paths, sizes) {
            guard !isRequested() else { return }
            let source = path == "-" ? "" : AbsolutePath.of(path)
            do {
                if IndexFiles.hasRecords(path) {
                    try readRecords(path, source: source, into: update, isRequested) { bytes in
                        self.draw(done + bytes, update)
                    }
                } else {
                    bytes.read = done + size
                    try update.add(IndexFiles.document(path, source: source))
                }
            } catch let error where error is CorpusError || error is CommandLineError || error is FileError {
                // One odd file is no reason to lose the others, nor what the index has of it.
                update.keep(source: source)
                note(error)
            }
            done += size
            draw(done, update)
        }
    }

    private func readRecords(
        _ path: String, source: String, into update: IndexUpdate, _ isRequested: () -> Bool,
        _ progress: (Int) -> Void
    ) throws {
        let file = LineFile(path)
        var bytes = 0
        // Later ones of equal ids in one file would take turns with the earlier ones from update to update.
        var lines: [String: Int] = [:]
        try file.forEachBytes { line, number in
            guard !isRequested() else { return }
            bytes += line.count + 1
            guard line.contains(where: { $0 > 0x20 }) else { return }
            do {
                let place = "\(file.name), line \(number)"
                let document = try IndexRecord.document(line, source: source, place: place)
                if let earlier = lines.updateValue(number, forKey: document.id) {
                    // Records without an id are named by their content: these are the same.
                    if document.id.hasPrefix(source + "#") { return }
                    throw CommandLineError(
                        .badInput, "\(place): the id \(document.id.quoted) is already in line \(earlier)")
                }
                try update.add(document)
            } catch let error as CommandLineError {
                update.keep(source: source)
                note(error)
            }
            progress(bytes)
        }
    }

    /// Notes how much is read, and shows how much is done.
    private func draw(_ read: Int, _ update: IndexUpdate) {
        bytes.read = min(read, bytes.total)
        if update.isCommitted { bytes.done = bytes.read }
        let report = update.report
        progress.update(
            completed: bytes.done, total: bytes.total > 0 ? bytes.total : nil,
            note: "\((report.indexed + report.unchanged).counted("document")), \(report.indexed.grouped) new or changed"
        )
    }

    private func note(_ error: any Error) {
        failures += 1
        guard failures <= Self.mostProblems + 1 else { return }
        progress.finish()
        let text = failures > Self.mostProblems ? "there are more problems, which are counted only" : "\(error)"
        Terminal.printError(text, hint: nil)
    }

    private func report(_ report: IndexUpdate.Report, _ out: StandardOutput) throws {
        if options.json {
            let json: JSON = [
                "indexed": .integer(report.indexed), "passages": .integer(report.passages),
                "unchanged": .integer(report.unchanged), "removed": .integer(report.removed),
                "empty": .integer(report.empty), "failed": .integer(failures),
            ]
            try out.writeLine(json.text)
        }
        var parts = [
            "\(report.indexed.counted("document")) indexed (\(report.passages.counted("passage")))",
            "\(report.unchanged.grouped) unchanged",
        ]
        if removesMissing || report.removed > 0 { parts.append("\(report.removed.grouped) removed") }
        if report.empty > 0 { parts.append("\(report.empty.grouped) without text") }
        options.messages.note(parts.joined(separator: ", "))
    }
}
