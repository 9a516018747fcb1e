import SecureBERTCheckpoint
import SecureBERTJSON

/// Cuts documents into the sequences a model is pretrained on: `[CLS] text [SEP]`, or `[CLS] text [SEP] text [SEP]` when
/// short documents are joined. Nothing is padded.
struct SequenceSampler {
    /// A sequence with its special tokens.
    struct Sequence {
        var ids: [Int32]
        let kind: DocumentKind
    }

    /// How much of the tokens each kind is to have; nil for each as much as the corpus has.
    typealias Mixture = [DocumentKind: Double]

    /// Pieces shorter than this, ends of long documents, say little and are skipped.
    static let shortestPiece = 8

    private var streams: [(kind: DocumentKind, stream: DocumentStream)]
    private let firstToken: Int32
    private let separator: Int32
    private let shares: [DocumentKind: Double]

    /// - Parameters:
    ///   - corpus: The tokens.
    ///   - split: Which documents to read.
    ///   - firstToken: `[CLS]` or `<s>`.
    ///   - separator: `[SEP]` or `</s>`.
    ///   - seed: Decides the order of the documents.
    /// - Throws: ``CorpusError`` when there is no such split.
    init(_ corpus: TokenCorpus, split: String, firstToken: Int32, separator: Int32, seed: UInt64) throws {
        self.firstToken = firstToken
        self.separator = separator
        let documents = try corpus.documents(in: split)
        streams = []
        var tokens: [DocumentKind: Double] = [:]
        for (number, kind) in DocumentKind.allCases.enumerated() {
            let ofKind = documents.filter { corpus.kind(of: $0) == kind }
            guard !ofKind.isEmpty else { continue }
            tokens[kind] = ofKind.reduce(0) { $0 + Double(corpus.length(of: $1)) }
            let stream = DocumentStream(corpus, ofKind.map(Int32.init), seed: seed &+ UInt64(number))
            streams.append((kind, stream))
        }
        shares = tokens
    }

    /// The kinds of documents there are.
    var kinds: [DocumentKind] { streams.map(\.kind) }

    /// The next sequence.
    /// - Parameters:
    ///   - length: Its tokens at most, special ones included.
    ///   - mixture: Decides the kind: the one that is furthest behind its share.
    ///   - joining: Whether to fill the sequence with further documents of the kind.
    mutating func next(length: Int, mixture: Mixture?, joining: Bool) -> Sequence {
        let shares = mixture ?? self.shares
        let behind = streams.indices.min { first, second in
            func progress(_ index: Int) -> Double {
                let share = shares[streams[index].kind] ?? 0
                return share > 0 ? Double(streams[index].stream.tokens) / share : .infinity
            }
            return progress(first) < progress(second)
        }
        let index = behind ?? 0
        var ids = [firstToken]
        while ids.count == 1 || (joining && ids.count + Self.shortestPiece < length) {
            let piece = streams[index].stream.next(atMost: length - ids.count - 1)
            guard piece.count >= Self.shortestPiece || ids.count == 1 else { continue }
            ids += piece
            ids.append(separator)
        }
        return Sequence(ids: ids, kind: streams[index].kind)
    }

    /// Where the streams stand.
    var state: JSON {
        .object(.init(streams.map { ($0.kind.rawValue, $0.stream.state) }))
    }

    /// Goes to where another sampler of the same corpus stood.
    /// - Throws: ``TrainingError`` when the state is not one of this corpus.
    mutating func restore(_ state: JSON, file: String) throws {
        for index in streams.indices {
            guard let stream = state[streams[index].kind.rawValue] else {
                throw TrainingError(
                    .badCheckpoint,
                    "\(file): has no position for \(streams[index].kind.rawValue) documents; it is of another corpus")
            }
            try streams[index].stream.restore(stream, file: file)
        }
    }
}
