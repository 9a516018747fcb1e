import SecureBERTJSON

/// Reads documents in a random order, again and again in new orders, piece by piece.
///
/// Several documents are open at a time and give a piece in turn, so that a long one does not fill a whole batch.
struct DocumentStream {
    /// An open document.
    private struct Place: Equatable {
        var document: Int
        var offset: Int
    }

    /// Documents open at a time, at most.
    static let maximumOpen = 64

    /// Tokens read so far.
    private(set) var tokens = 0
    private let corpus: TokenCorpus
    private let documents: [Int32]
    private let seed: UInt64
    private var order: [Int32] = []
    /// How often all documents have been opened, and how many of this epoch's order.
    private var epoch = 0
    private var opened = 0
    private var open: [Place] = []
    /// Whose turn it is.
    private var turn = 0

    /// - Parameters:
    ///   - corpus: Where the documents are.
    ///   - documents: Which of them to read; not empty.
    ///   - seed: Decides the orders.
    init(_ corpus: TokenCorpus, _ documents: [Int32], seed: UInt64) {
        self.corpus = corpus
        self.documents = documents
        self.seed = seed
        shuffle()
        for _ in 0..<min(documents.count, Self.maximumOpen) { open.append(nextDocument()) }
    }

    /// The next ids of the document whose turn it is.
    /// - Parameter limit: How many at most, positive.
    mutating func next(atMost limit: Int) -> [Int32] {
        let place = open[turn]
        let length = corpus.length(of: place.document)
        let end = min(length, place.offset + limit)
        var ids: [Int32] = []
        corpus.appendIDs(of: place.document, in: place.offset..<end, to: &ids)
        tokens += ids.count
        if end == length {
            open[turn] = nextDocument()
        } else {
            open[turn].offset = end
        }
        turn = (turn + 1) % open.count
        return ids
    }

    private mutating func nextDocument() -> Place {
        if opened == order.count {
            opened = 0
            epoch += 1
            shuffle()
        }
        opened += 1
        return Place(document: Int(order[opened - 1]), offset: 0)
    }

    private mutating func shuffle() {
        var random = SeededRandom(seed: seed, epoch)
        order = documents.shuffled(using: &random)
    }

    /// Where the stream stands, for a checkpoint.
    var state: JSON {
        [
            "tokens": .integer(tokens), "epoch": .integer(epoch), "opened": .integer(opened), "turn": .integer(turn),
            "open": .array(open.map { .array([.integer($0.document), .integer($0.offset)]) }),
        ]
    }

    /// Goes to where another stream of the same documents and seed stood.
    /// - Throws: ``TrainingError`` when the state is not one of these documents.
    mutating func restore(_ state: JSON, file: String) throws {
        let places = state["open"]?.arrayValue?.compactMap { entry -> Place? in
            guard let pair = entry.arrayValue, pair.count == 2, let document = pair[0].integerValue,
                let offset = pair[1].integerValue, (0..<corpus.documentCount).contains(document),
                (0..<corpus.length(of: document)).contains(offset)
            else { return nil }
            return Place(document: document, offset: offset)
        }
        guard let places, places.count == open.count, let tokens = state["tokens"]?.integerValue, tokens >= 0,
            let epoch = state["epoch"]?.integerValue, let opened = state["opened"]?.integerValue,
            (0...order.count).contains(opened), let turn = state["turn"]?.integerValue, open.indices.contains(turn)
        else {
            throw TrainingError(
                .badCheckpoint,
                "\(file): the position in the data is not one of this corpus; resume an older checkpoint")
        }
        (self.tokens, self.epoch, self.opened, self.turn) = (tokens, epoch, opened, turn)
        open = places
        shuffle()
    }
}
