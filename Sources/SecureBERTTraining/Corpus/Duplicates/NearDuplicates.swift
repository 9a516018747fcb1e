/// Finds documents that are nearly equal to an earlier one, by locality-sensitive hashing of MinHash signatures (Indyk and
/// Motwani 1998): documents that agree in all rows of a band are compared.
///
/// One band at a time is sorted, so the memory beyond the signatures is eight bytes a document.
package struct NearDuplicates {
    /// Signatures one after the other.
    let signatures: [UInt8]
    /// Bytes of a signature.
    let permutations: Int
    /// Bytes of a band.
    let rows: Int
    /// Documents of a band that one is compared with at most: the ones nearest before it. Templates fill bands with thousands.
    static let comparisons = 64

    package init(signatures: [UInt8], permutations: Int, rows: Int) {
        self.signatures = signatures
        self.permutations = permutations
        self.rows = rows
    }

    /// - Parameters:
    ///   - threshold: the estimated similarity from which the later of two documents is a duplicate; asked for with the
    ///     number of the later.
    ///   - isCandidate: whether a document takes part.
    ///   - onPair: told of every compared pair (earlier, later, similarity) before the later is dropped.
    /// - Returns: For each document whether it is a near duplicate of an earlier one that is none so far.
    package func find(
        threshold: (Int) -> Double, isCandidate: (Int) -> Bool, onPair: (Int, Int, Double) -> Void
    ) -> [Bool] {
        let count = permutations > 0 ? signatures.count / permutations : 0
        var isDuplicate = [Bool](repeating: false, count: count)
        guard count > 1 else { return isDuplicate }
        var entries: [UInt64] = []
        entries.reserveCapacity(count)
        signatures.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            for band in 0..<(permutations / rows) {
                entries.removeAll(keepingCapacity: true)
                for document in 0..<count where !isDuplicate[document] && isCandidate(document) {
                    var key: UInt32 = 0
                    let start = document * permutations + band * rows
                    for row in 0..<rows { key = (key ^ UInt32(bytes[start + row])) &* 0x0100_0193 &+ UInt32(row) }
                    entries.append(UInt64(key) << 32 | UInt64(document))
                }
                entries.sort()
                visitGroups(entries) { group in
                    var kept: [Int] = []
                    for entry in group {
                        let document = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
                        let limit = threshold(document)
                        for earlier in kept.suffix(Self.comparisons) {
                            let similarity = MinHash.similarity(
                                base + earlier * permutations, base + document * permutations, count: permutations)
                            onPair(earlier, document, similarity)
                            if similarity >= limit {
                                isDuplicate[document] = true
                                break
                            }
                        }
                        if !isDuplicate[document] { kept.append(document) }
                    }
                }
            }
        }
        return isDuplicate
    }

    private func visitGroups(_ entries: [UInt64], _ body: (ArraySlice<UInt64>) -> Void) {
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end] >> 32 == entries[start] >> 32 { end += 1 }
            if end > start + 1 { body(entries[start..<end]) }
            start = end
        }
    }
}
