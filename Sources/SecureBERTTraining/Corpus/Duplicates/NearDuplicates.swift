/// Finds documents that are nearly equal to an earlier one, by locality-sensitive hashing of MinHash signatures (Indyk and
/// Motwani 1998): documents that agree in all rows of a band are compared.
///
/// Signatures stay on disk. One band at a time is read and sorted, so nine bytes are held for each document.
package struct NearDuplicates {
    /// Signatures one after the other, flushed.
    let signatures: SpillFile
    /// Bytes of a signature.
    let permutations: Int
    /// Bytes of a band.
    let rows: Int
    /// Documents of a band that one is compared with at most: the ones nearest before it. Templates fill bands with thousands.
    static let comparisons = 64

    package init(signatures: SpillFile, permutations: Int, rows: Int) {
        self.signatures = signatures
        self.permutations = permutations
        self.rows = rows
    }

    /// - Parameters:
    ///   - threshold: the estimated similarity from which the later of two documents is a duplicate; asked for with the
    ///     number of the later.
    ///   - onPair: told of every compared pair (earlier, later, similarity) before the later is dropped.
    /// - Returns: For each document whether it is a near duplicate of an earlier one that is none so far.
    /// - Throws: ``CheckpointError`` when the signatures cannot be read.
    package func find(threshold: (Int) -> Double, onPair: (Int, Int, Double) -> Void) throws -> [Bool] {
        let count = permutations > 0 ? signatures.byteCount / permutations : 0
        var isDuplicate = [Bool](repeating: false, count: count)
        guard count > 1 else { return isDuplicate }
        var entries: [UInt64] = []
        entries.reserveCapacity(count)
        for band in 0..<(permutations / rows) {
            try readBand(band, isDuplicate, into: &entries)
            entries.sort()
            try visitGroups(entries) { group in
                var kept = KeptSignatures(size: permutations, limit: Self.comparisons)
                for entry in group {
                    let document = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
                    let limit = threshold(document)
                    try kept.load(document, from: signatures)
                    kept.compareLatest { earlier, similarity in
                        onPair(earlier, document, similarity)
                        isDuplicate[document] = similarity >= limit
                        return !isDuplicate[document]
                    }
                    if !isDuplicate[document] { kept.keep(document) }
                }
            }
        }
        return isDuplicate
    }

    /// The hash of a band of each document that is no duplicate so far, above the number of the document.
    private func readBand(_ band: Int, _ isDuplicate: [Bool], into entries: inout [UInt64]) throws {
        entries.removeAll(keepingCapacity: true)
        var document = 0
        try signatures.forEachPiece(of: permutations << 13) { bytes in
            for signature in stride(from: 0, to: bytes.count, by: permutations) {
                defer { document += 1 }
                if isDuplicate[document] { continue }
                var key: UInt32 = 0
                let start = signature + band * rows
                for row in 0..<rows { key = (key ^ UInt32(bytes[start + row])) &* 0x0100_0193 &+ UInt32(row) }
                entries.append(UInt64(key) << 32 | UInt64(document))
            }
        }
    }

    private func visitGroups(_ entries: [UInt64], _ body: (ArraySlice<UInt64>) throws -> Void) rethrows {
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end] >> 32 == entries[start] >> 32 { end += 1 }
            if end > start + 1 { try body(entries[start..<end]) }
            start = end
        }
    }
}

/// The signatures of the last documents of a band that were no duplicates, and the one that is compared with them.
private struct KeptSignatures {
    private let size: Int
    private let limit: Int
    private var bytes: [UInt8]
    private var documents: [Int] = []

    init(size: Int, limit: Int) {
        (self.size, self.limit) = (size, limit)
        bytes = Array(repeating: 0, count: size)
    }

    /// Reads the signature to compare, which stands behind those that are kept.
    mutating func load(_ document: Int, from file: SpillFile) throws {
        let place = documents.count * size
        try bytes.withUnsafeMutableBytes { buffer in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + size])
            try file.read(at: document * size, into: target)
        }
    }

    /// Calls `body` with each kept document and its similarity to the loaded one, the earliest first, until it returns false.
    func compareLatest(_ body: (Int, Double) -> Bool) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for index in max(0, documents.count - limit)..<documents.count {
                let similarity = MinHash.similarity(base + index * size, base + documents.count * size, count: size)
                if !body(documents[index], similarity) { return }
            }
        }
    }

    /// Keeps the loaded signature, and at least the last `limit` before it.
    mutating func keep(_ document: Int) {
        documents.append(document)
        if documents.count > 2 * limit {
            documents.removeFirst(limit)
            bytes.removeFirst(limit * size)
        }
        bytes.append(contentsOf: repeatElement(0, count: (documents.count + 1) * size - bytes.count))
    }
}
