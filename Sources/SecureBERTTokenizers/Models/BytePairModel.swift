/// Byte-pair encoding: a pre-token is cut into symbols, and the adjacent pair of lowest rank (leftmost among equals) is
/// merged until no pair merges (Sennrich, Haddow and Birch 2016).
final class BytePairModel: Sendable {
    /// The options of tokenizer.json's `model` section.
    struct Options: Sendable, Equatable {
        var unknownToken: String?
        var continuingPrefix = ""
        var endOfWordSuffix = ""
        var fusesUnknown = false
        var byteFallback = false
        var ignoresMerges = false
    }

    let vocabulary: Vocabulary
    let merges: MergeTable
    let options: Options
    let unknownID: Int32?
    /// The id of every byte's symbol in the byte-level alphabet, -1 where the vocabulary lacks it.
    let byteIDs: [Int32]
    /// Every byte that occurs in UTF-8 has a symbol and no option concerns single symbols, so raw bytes can be
    /// merged without being spelled in the byte-level alphabet first.
    let acceptsRawBytes: Bool
    /// Rank and result of every pair of bytes, so that the first look at a pre-token stays in a few cache lines:
    /// rank in the upper half, id in the lower. Empty unless raw bytes are accepted.
    private let bytePairs: [UInt64]
    /// Ids of "<0x00>" to "<0xFF>" when byte fallback is on, -1 where missing.
    private let fallbackIDs: [Int32]

    init(vocabulary: Vocabulary, merges: MergeTable, options: Options) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        unknownID = options.unknownToken.flatMap { vocabulary.id(of: $0) }
        let byteIDs = (0...255).map { vocabulary.id(of: ByteLevelAlphabet.utf8(of: UInt8($0))) ?? -1 }
        self.byteIDs = byteIDs
        let occurring = Array(0x00...0xBF) + Array(0xC2...0xF4)
        acceptsRawBytes =
            options.continuingPrefix.isEmpty && options.endOfWordSuffix.isEmpty
            && occurring.allSatisfy { byteIDs[$0] >= 0 }
        bytePairs = acceptsRawBytes ? Self.bytePairs(merges, byteIDs: byteIDs) : []
        fallbackIDs = (0...255).map { byte in
            guard options.byteFallback else { return -1 }
            let digits = String(byte, radix: 16, uppercase: true)
            return vocabulary.id(of: "<0x" + (digits.count == 1 ? "0" : "") + digits + ">") ?? -1
        }
    }

    private static func bytePairs(_ merges: MergeTable, byteIDs: [Int32]) -> [UInt64] {
        func entry(_ rank: UInt32, _ result: Int32) -> UInt64 {
            UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result))
        }
        var result = [UInt64](repeating: entry(MergeTable.noRank, -1), count: 0x10000)
        var bytes: [Int32: Int] = [:]
        for (byte, id) in byteIDs.enumerated() where id >= 0 { bytes[id] = byte }
        // Symbols of bytes have small ids in practice; what is above the largest need not be looked up.
        let largest = byteIDs.max() ?? -1
        merges.forEach { left, right, rank, merged in
            guard left <= largest, right <= largest, let first = bytes[left], let second = bytes[right] else { return }
            result[first << 8 | second] = entry(rank, merged)
        }
        return result
    }

    /// Tokenizes the pre-token `range` of raw bytes; ``acceptsRawBytes`` must hold.
    @inline(__always)
    func appendRaw(_ range: Range<Int>, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch) {
        let count = range.count
        let bytes = view.bytes + range.lowerBound
        if count <= PretokenCache.maximumKeyLength {
            let key = PretokenCache.key(bytes, count: count, readable: view.count &- range.lowerBound)
            let entry = scratch.cache.entry(for: key)
            if entry.holds(key) {
                var position = range.lowerBound
                for index in 0..<entry.count {
                    let end = position &+ entry.length(index)
                    output.tokens.append(
                        RawToken(
                            id: entry.id(index), start: view.originalStart(position), end: view.originalEnd(end),
                            word: word))
                    position = end
                }
                return
            }
            let tokenCount = mergeRaw(bytes, count: count, scratch: scratch)
            scratch.cache.store(key, count: tokenCount, ids: scratch.ids, lengths: scratch.lengths)
            emit(tokenCount, from: range.lowerBound, of: view, word: word, to: &output, scratch: scratch)
        } else if count > Scratch.pairCapacity, wholeToken(bytes, count: count) == nil {
            appendLongRaw(range, of: view, word: word, to: &output, scratch: scratch)
        } else {
            let tokenCount = mergeRaw(bytes, count: count, scratch: scratch)
            emit(tokenCount, from: range.lowerBound, of: view, word: word, to: &output, scratch: scratch)
        }
    }

    /// Tokenizes a long pre-token of raw bytes that is not a token as a whole. Symbols take their lengths from their spelling, so that they need not be
    /// kept.
    private func appendLongRaw(
        _ range: Range<Int>, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch
    ) {
        scratch.reserveIDs(range.count)
        for index in 0..<range.count { scratch.ids[index] = byteIDs[Int(view.bytes[range.lowerBound &+ index])] }
        let tokenCount = BlockMerging.merge(merges, ids: scratch.ids, lengths: nil, count: range.count)
        var position = range.lowerBound
        for index in 0..<tokenCount {
            let id = scratch.ids[index]
            // Each scalar of the byte-level alphabet is a byte of the text.
            let end = position &+ vocabulary.scalarCount(Int(id))
            output.tokens.append(
                RawToken(id: id, start: view.originalStart(position), end: view.originalEnd(end), word: word))
            position = end
        }
    }

    /// Tokenizes the pre-token `range` of text, whose symbols are scalars.
    func append(_ range: Range<Int>, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch) {
        let bytes = view.bytes + range.lowerBound
        let tokenCount: Int
        if options.ignoresMerges, let id = vocabulary.id(of: bytes, count: range.count) {
            scratch.reserve(1)
            scratch.ids[0] = id
            scratch.lengths[0] = UInt32(truncatingIfNeeded: range.count)
            tokenCount = 1
        } else {
            tokenCount = merge(symbols(bytes, count: range.count, scratch: scratch), scratch: scratch)
        }
        emit(tokenCount, from: range.lowerBound, of: view, word: word, to: &output, scratch: scratch)
    }

    private func emit(
        _ count: Int, from start: Int, of view: TextView, word: UInt32, to output: inout RawTokens, scratch: Scratch
    ) {
        var position = start
        for index in 0..<count {
            let end = position &+ Int(scratch.lengths[index])
            output.tokens.append(
                RawToken(
                    id: scratch.ids[index], start: view.originalStart(position), end: view.originalEnd(end), word: word)
            )
            position = end
        }
    }

    /// The token that the raw bytes are as a whole, where the options say that this goes before all merges.
    private func wholeToken(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int32? {
        guard options.ignoresMerges, count <= vocabulary.longestToken else { return nil }
        var spelled: [UInt8] = []
        for index in 0..<count { spelled.append(contentsOf: ByteLevelAlphabet.utf8(of: bytes[index])) }
        return vocabulary.id(of: spelled)
    }

    /// Merges raw bytes into `scratch`, at most ``Scratch/pairCapacity`` or a whole token; returns the number of tokens.
    private func mergeRaw(_ bytes: UnsafePointer<UInt8>, count: Int, scratch: Scratch) -> Int {
        scratch.reserve(count)
        if let id = wholeToken(bytes, count: count) {
            scratch.ids[0] = id
            scratch.lengths[0] = UInt32(truncatingIfNeeded: count)
            return 1
        }
        byteIDs.withUnsafeBufferPointer { byteIDs in
            for index in 0..<count {
                scratch.ids[index] = byteIDs[Int(bytes[index])]
                scratch.lengths[index] = 1
            }
        }
        bytePairs.withUnsafeBufferPointer { bytePairs in
            for index in 0..<(count &- 1) {
                let pair = bytePairs[Int(bytes[index]) << 8 | Int(bytes[index &+ 1])]
                scratch.ranks[index] = UInt32(truncatingIfNeeded: pair >> 32)
                scratch.results[index] = Int32(truncatingIfNeeded: pair)
            }
        }
        return mergeByScanning(count, scratch: scratch)
    }

    /// Cuts text into the symbols of the vocabulary; returns their number. A scalar without symbol becomes its bytes
    /// (byte fallback), the unknown token, or, without one, nothing.
    private func symbols(_ bytes: UnsafePointer<UInt8>, count: Int, scratch: Scratch) -> Int {
        scratch.reserve(count)
        var symbolCount = 0
        var unknownLength: UInt32 = 0
        func add(_ id: Int32, _ length: UInt32) {
            scratch.ids[symbolCount] = id
            scratch.lengths[symbolCount] = length
            symbolCount += 1
        }
        func flushUnknown() {
            if unknownLength > 0, let unknownID { add(unknownID, unknownLength) }
            unknownLength = 0
        }
        var position = 0
        while position < count {
            let length = UTF8Reading.length(lead: bytes[position])
            let end = position + length
            var spelling = Array(UnsafeBufferPointer(start: bytes + position, count: length))
            if position > 0 { spelling.insert(contentsOf: options.continuingPrefix.utf8, at: 0) }
            if end >= count { spelling.append(contentsOf: options.endOfWordSuffix.utf8) }
            position = end
            if let id = vocabulary.id(of: spelling) {
                flushUnknown()
                add(id, UInt32(truncatingIfNeeded: length))
            } else if options.byteFallback, spelling.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                // The reference leaves a pending unknown token pending here; it lands behind the bytes.
                for byte in spelling { add(fallbackIDs[Int(byte)], 1) }
            } else if unknownID != nil {
                if !options.fusesUnknown { flushUnknown() }
                unknownLength += UInt32(truncatingIfNeeded: length)
            }
        }
        flushUnknown()
        return symbolCount
    }

    /// Merges the first `count` symbols in `scratch` in place; returns how many are left.
    private func merge(_ count: Int, scratch: Scratch) -> Int {
        if count < 2 { return count }
        if count > Scratch.pairCapacity {
            return BlockMerging.merge(merges, ids: scratch.ids, lengths: scratch.lengths, count: count)
        }
        for index in 0..<(count &- 1) {
            (scratch.ranks[index], scratch.results[index]) = merges.lookup(scratch.ids[index], scratch.ids[index &+ 1])
        }
        return mergeByScanning(count, scratch: scratch)
    }

    /// Merges a few symbols whose pairs have been looked up: `ranks[i]` and `results[i]` belong to the pair (i, i + 1).
    private func mergeByScanning(_ count: Int, scratch: Scratch) -> Int {
        let (ids, lengths, ranks, results) = (scratch.ids, scratch.lengths, scratch.ranks, scratch.results)
        var last = count &- 1
        while last > 0 {
            var best = MergeTable.noRank
            var position = 0
            for index in 0..<last where ranks[index] < best {
                best = ranks[index]
                position = index
            }
            if best == MergeTable.noRank { break }
            ids[position] = results[position]
            lengths[position] &+= lengths[position &+ 1]
            // Close the gap that the right symbol leaves.
            var index = position &+ 1
            while index < last {
                ids[index] = ids[index &+ 1]
                lengths[index] = lengths[index &+ 1]
                ranks[index] = ranks[index &+ 1]
                results[index] = results[index &+ 1]
                index &+= 1
            }
            last &-= 1
            if position < last {
                (ranks[position], results[position]) = merges.lookup(ids[position], ids[position &+ 1])
            }
            if position > 0 {
                (ranks[position &- 1], results[position &- 1]) = merges.lookup(ids[position &- 1], ids[position])
            }
        }
        return last &+ 1
    }
}
