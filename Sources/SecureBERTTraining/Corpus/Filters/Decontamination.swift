import SecureBERTCheckpoint
import SecureBERTJSON

/// Keeps texts of evaluation sets out of a corpus: paragraphs, or documents, that share a run of words with one.
///
/// The run has 13 words unless a recipe says otherwise (Brown et al. 2020, arXiv 2005.14165, used 13). An evaluation text
/// shorter than that counts as a whole when it has at least eight words.
package struct Decontamination: Sendable {
    /// What happens to a document with such a run.
    package enum Action: String, CaseIterable, Sendable {
        /// The paragraphs that hold it are removed.
        case paragraph
        /// The document is left out.
        case document
    }

    let length: Int
    let action: Action
    private var runs = HashSet64()
    private var lengths: [Int]
    static let shortest = 8

    package init(length: Int, action: Action) {
        self.length = length
        self.action = action
        lengths = [length]
    }

    var isEmpty: Bool { runs.count == 0 }
    /// Number of different runs.
    package var runCount: Int { runs.count }

    /// Adds a text of an evaluation set.
    package mutating func add(_ text: some StringProtocol) {
        var scan = WordScan()
        var sequences = WordSequences()
        Array(text.utf8).view { scan.scan($0) }
        let words = scan.words.count
        guard words >= min(length, Self.shortest) else { return }
        sequences.prepare(scan.words)
        let run = min(length, words)
        if !lengths.contains(run) {
            lengths.append(run)
            lengths.sort()
        }
        for start in 0...(words - run) { _ = runs.insert(sequences.hash(start, run) ^ UInt64(run)) }
    }

    /// What is left of a document.
    /// - Returns: nil when nothing of it is in an evaluation set; otherwise the text without the paragraphs that are, which
    ///   is empty when the document is to be left out.
    package func remainder(_ text: ByteView, _ scan: WordScan, _ sequences: WordSequences) -> [UInt8]? {
        guard !isEmpty else { return nil }
        var hits: [Range<Int>] = []
        for run in lengths where scan.words.count >= run {
            for start in 0...(scan.words.count - run)
            where runs.contains(sequences.hash(start, run) ^ UInt64(run)) {
                // The first word begins somewhere before its end; its paragraph is the same.
                hits.append(Int(scan.ends[start]) - 1..<Int(scan.ends[start + run - 1]))
            }
        }
        guard !hits.isEmpty else { return nil }
        return action == .document ? [] : removeParagraphs(text, hits)
    }

    private func removeParagraphs(_ text: ByteView, _ hits: [Range<Int>]) -> [UInt8] {
        var out: [UInt8] = []
        var start = 0
        while start < text.count {
            let end = text.position(of: "\n\n", from: start) ?? text.count
            if !hits.contains(where: { $0.lowerBound < end && $0.upperBound > start }) {
                if !out.isEmpty { out.append("\n\n") }
                out.append(text, start..<end)
            }
            start = end + 2
        }
        return out
    }
}
