import SecureBERTJSON

/// Reads documents in a random order, again and again in new orders, piece by piece.
struct DocumentStream {
    /// Where the stream stands: what a checkpoint holds.
    struct Position: Equatable {
        /// How often all documents have been read.
        var epoch = 0
        /// How many documents of this epoch have been read.
        var index = 0
        /// How many tokens of the next document have been read.
        var offset = 0
        /// Tokens read so far.
        var tokens = 0
    }

    private(set) var position = Position()
    private let corpus: TokenCorpus
    private let documents: [Int32]
    private let seed: UInt64
    private var order: [Int32] = []

    /// - Parameters:
    ///   - corpus: Where the documents are.
    ///   - documents: Which of them to read; not empty.
    ///   - seed: Decides the orders.
    init(_ corpus: TokenCorpus, _ documents: [Int32], seed: UInt64) {
        self.corpus = corpus
        self.documents = documents
        self.seed = seed
        shuffle()
    }

    /// Goes to where another stream of the same documents and seed stood.
    mutating func seek(_ position: Position) {
        self.position = position
        shuffle()
    }

    /// The next ids of the current document.
    /// - Parameter limit: How many at most, positive.
    mutating func next(atMost limit: Int) -> [Int32] {
        let document = Int(order[position.index])
        let length = corpus.length(of: document)
        let end = min(length, position.offset + limit)
        var ids: [Int32] = []
        corpus.appendIDs(of: document, in: position.offset..<end, to: &ids)
        position.tokens += ids.count
        position.offset = end
        if end == length {
            position.offset = 0
            position.index += 1
            if position.index == order.count {
                position.index = 0
                position.epoch += 1
                shuffle()
            }
        }
        return ids
    }

    private mutating func shuffle() {
        var random = SeededRandom(seed: seed, position.epoch)
        order = documents.shuffled(using: &random)
    }
}

extension DocumentStream.Position {
    var json: JSON {
        ["epoch": .integer(epoch), "index": .integer(index), "offset": .integer(offset), "tokens": .integer(tokens)]
    }

    /// - Throws: ``TrainingError`` when a number is missing or negative.
    init(json: JSON, file: String) throws {
        func number(_ key: String) throws -> Int {
            guard let value = json[key]?.integerValue, value >= 0 else {
                throw TrainingError(
                    .badCheckpoint, "\(file): the data position has no \"\(key)\"; resume from an earlier checkpoint")
            }
            return value
        }
        self.init(
            epoch: try number("epoch"), index: try number("index"), offset: try number("offset"),
            tokens: try number("tokens"))
    }
}
