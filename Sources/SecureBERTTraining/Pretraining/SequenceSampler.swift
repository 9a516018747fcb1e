import SecureBERTCheckpoint
import SecureBERTJSON

/// Cuts documents into the sequences a model is pretrained on: `[CLS] text [SEP]`, or `[CLS] text [SEP] text [SEP]` when
/// short documents are joined. Nothing is padded.
package struct SequenceSampler {
    /// A sequence with its special tokens.
    package struct Sequence {
        package var ids: [Int32]
        package let kind: DocumentKind
    }

    /// The documents of one group, and what the current mixture has taken of them.
    private struct Source {
        let group: DocumentMixture.Group
        var stream: DocumentStream
        var share = 0.0
        var taken = 0

        /// How far the group is on its share; the one furthest behind comes next.
        var progress: Double { share > 0 ? Double(taken) / share : .infinity }

        var name: String { "\(group.isBroad ? "broad " : "")\(group.kind.rawValue)" }
    }

    /// Pieces shorter than this, ends of long documents, say little and are skipped.
    static let shortestPiece = 8

    private var sources: [Source] = []
    private let firstToken: Int32
    private let separator: Int32

    /// - Parameters:
    ///   - corpus: The tokens.
    ///   - split: Which documents to read.
    ///   - broadSources: Numbers of the corpus's sources that are broad.
    ///   - firstToken: `[CLS]` or `<s>`.
    ///   - separator: `[SEP]` or `</s>`.
    ///   - seed: Decides the order of the documents.
    /// - Throws: ``CorpusError`` when there is no such split.
    package init(
        _ corpus: TokenCorpus, split: String, broadSources: Set<Int> = [], firstToken: Int32, separator: Int32,
        seed: UInt64
    ) throws {
        self.firstToken = firstToken
        self.separator = separator
        let documents = try corpus.documents(in: split)
        for isBroad in [false, true] {
            for (number, kind) in DocumentKind.allCases.enumerated() {
                let members = documents.filter {
                    corpus.kind(of: $0) == kind && broadSources.contains(corpus.source(of: $0)) == isBroad
                }
                guard !members.isEmpty else { continue }
                let size = members.reduce(0) { $0 + Double(corpus.length(of: $1)) }
                let ownSeed = seed &+ UInt64(number + (isBroad ? DocumentKind.allCases.count : 0))
                sources.append(
                    Source(
                        group: .init(kind: kind, isBroad: isBroad, size: size),
                        stream: DocumentStream(corpus, members.map(Int32.init), seed: ownSeed)))
            }
        }
        use(DocumentMixture())
    }

    /// The groups of documents there are.
    package var groups: [DocumentMixture.Group] { sources.map(\.group) }

    /// Takes a mixture from now on, whatever was taken before.
    package mutating func use(_ mixture: DocumentMixture) {
        for (index, share) in mixture.shares(of: groups).enumerated() {
            sources[index].share = share
            sources[index].taken = 0
        }
    }

    /// The next sequence, from the group that is furthest behind its share.
    /// - Parameters:
    ///   - length: Its tokens at most, special ones included.
    ///   - joining: Whether to fill the sequence with further documents of the group.
    package mutating func next(length: Int, joining: Bool) -> Sequence {
        let index = sources.indices.min { sources[$0].progress < sources[$1].progress } ?? 0
        var ids = [firstToken]
        while ids.count == 1 || (joining && ids.count + Self.shortestPiece < length) {
            let piece = sources[index].stream.next(atMost: length - ids.count - 1)
            sources[index].taken += piece.count
            guard piece.count >= Self.shortestPiece || ids.count == 1 else { continue }
            ids += piece
            ids.append(separator)
        }
        return Sequence(ids: ids, kind: sources[index].group.kind)
    }

    /// Where the streams stand.
    package var state: JSON {
        .object(
            .init(
                sources.map { source in
                    (source.name, ["taken": .integer(source.taken), "stream": source.stream.state])
                }))
    }

    /// Goes to where another sampler of the same corpus stood, which used the same mixture.
    /// - Throws: ``TrainingError`` when the state is not one of this corpus.
    package mutating func restore(_ state: JSON, file: String) throws {
        for index in sources.indices {
            let name = sources[index].name
            guard let entry = state[name], let taken = entry["taken"]?.integerValue, taken >= 0,
                let stream = entry["stream"]
            else {
                throw TrainingError(
                    .badCheckpoint, "\(file): has no position for \(name) documents; it is of another corpus")
            }
            try sources[index].stream.restore(stream, file: file)
            sources[index].taken = taken
        }
    }
}
