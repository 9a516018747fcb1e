import Dispatch
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTTraining
import Synchronization

/// Reads reports, a group at a time so that memory stays bounded, and those of a group at once: opening files and converting PDF
/// use every core, and the sentences of short reports fill batches together.
struct ReportGroups: Sequence, IteratorProtocol {
    /// A report, or why it cannot be read.
    typealias Reading = Result<ReportAnalyzer.Report, any Error>

    private var paths: ArraySlice<String>

    private static let largestCount = 32
    private static let largestSize = 4 << 20

    /// - Parameter paths: Files; `-` is the standard input.
    init(_ paths: [String]) { self.paths = paths[...] }

    /// The next reports, in the order of the paths.
    mutating func next() -> [Reading]? {
        var (group, size): ([String], Int) = ([], 0)
        while let path = paths.first, group.count < Self.largestCount {
            size += FileSystem.size(of: path) ?? 0
            if size > Self.largestSize, !group.isEmpty { break }
            group.append(path)
            paths.removeFirst()
        }
        guard !group.isEmpty else { return nil }
        let readings = Mutex<[Int: Reading]>([:])
        DispatchQueue.concurrentPerform(iterations: group.count) { [group] index in
            let reading = Reading { try Self.report(group[index]) }
            readings.withLock { $0[index] = reading }
        }
        return readings.withLock { readings in group.indices.compactMap { readings[$0] } }
    }

    private static func report(_ path: String) throws -> ReportAnalyzer.Report {
        let text: ReadableText
        if path == "-" {
            var reader = LineReader(try InputFile("-"))
            text = try ReadableText(reader.wholeBytes() ?? [], path: nil)
        } else {
            text = try ReadableText(path: path)
        }
        return .init(
            text.text, name: path == "-" ? InputFile.standardInputName : path, digest: text.digest)
    }
}
