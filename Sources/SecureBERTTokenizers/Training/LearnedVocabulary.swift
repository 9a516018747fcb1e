/// Tokens and merges that were learned from text.
public struct LearnedVocabulary: Sendable {
    /// The tokens by id, spelled in the byte-level alphabet.
    public private(set) var tokens: [String]
    /// Special tokens; their ids are the first ones.
    public let specialTokens: [String]
    /// Ids of the bytes.
    let idOfByte: [Int32]
    private var ids: [[UInt8]: Int32] = [:]
    /// What was merged, in order; a pair that occurs twice has its later rank.
    private var mergedPairs: [(left: Int32, right: Int32)] = []

    /// Special tokens and the 256 bytes.
    init(specialTokens: [String]) {
        self.specialTokens = specialTokens
        tokens = specialTokens
        var idOfByte = [Int32](repeating: 0, count: 256)
        for byte in (0...255).sorted(by: { ByteLevelAlphabet.scalars[$0] < ByteLevelAlphabet.scalars[$1] }) {
            idOfByte[byte] = Int32(truncatingIfNeeded: tokens.count)
            tokens.append(String(decoding: ByteLevelAlphabet.utf8(of: UInt8(byte)), as: UTF8.self))
        }
        self.idOfByte = idOfByte
        for (id, token) in tokens.enumerated() { ids[Array(token.utf8)] = Int32(truncatingIfNeeded: id) }
    }

    /// Records a merge and returns the id of its result: a new one, unless a token is already spelled so.
    mutating func merge(_ left: Int32, _ right: Int32) -> Int32 {
        mergedPairs.append((left, right))
        let spelling = tokens[Int(left)] + tokens[Int(right)]
        if let id = ids[Array(spelling.utf8)] { return id }
        let id = Int32(truncatingIfNeeded: tokens.count)
        ids[Array(spelling.utf8)] = id
        tokens.append(spelling)
        return id
    }

    /// The merges as pairs of tokens, first those to be applied first.
    public var merges: [(left: String, right: String)] {
        var last: [UInt64: Int] = [:]
        for (rank, pair) in mergedPairs.enumerated() { last[PairTable.key(pair.left, pair.right)] = rank }
        return mergedPairs.enumerated().compactMap { rank, pair in
            guard last[PairTable.key(pair.left, pair.right)] == rank else { return nil }
            return (tokens[Int(pair.left)], tokens[Int(pair.right)])
        }
    }
}
