import Crypto
import SecureBERTCheckpoint

/// Writes the selected documents as shuffled shards.
///
/// Documents go to a shard by the hash of their id, and each shard is put in order in memory before it is written, so that the
/// memory is bounded by the size of a few shards. More shards than can be open at once are written in rounds.
struct CorpusWriter {
    let selection: CorpusSelection
    let partitions: [(path: String, source: Int)]
    let output: String
    let work: String
    let threads: Int
    private static let openShards = 256

    /// A shard of a split.
    struct Shard: Sendable {
        let name: String
        let split: DocumentFate
        var documents = 0
        var bytes = 0
        /// SHA-256 in hexadecimal.
        var digest = ""
    }

    /// Writes all shards.
    /// - Parameters:
    ///   - bytes: bytes of text of each split.
    ///   - shardBytes: of a shard, about.
    ///   - progress: shards written, of all.
    func write(
        bytes: [DocumentFate: Int], shardBytes: Int, progress: (Int, Int) -> Void
    ) throws -> [Shard] {
        var shards: [Shard] = []
        var first: [DocumentFate: (index: Int, count: Int)] = [:]
        for split in [DocumentFate.train, .valid, .test] {
            guard let total = bytes[split], total > 0 else { continue }
            let count = max(1, (total + shardBytes / 2) / shardBytes)
            first[split] = (shards.count, count)
            for number in 0..<count {
                let name = "\(split.split)-\(String(repeating: "0", count: max(0, 3 - "\(number)".count)))\(number)"
                shards.append(Shard(name: name, split: split))
            }
        }
        var start = 0
        while start < shards.count {
            let end = min(shards.count, start + Self.openShards)
            let written = try writeRound(shards, start..<end, first) { progress(start + $0, shards.count) }
            shards.replaceSubrange(start..<end, with: written)
            start = end
        }
        return shards
    }

    private func writeRound(
        _ shards: [Shard], _ range: Range<Int>, _ first: [DocumentFate: (index: Int, count: Int)],
        progress: (Int) -> Void
    ) throws -> [Shard] {
        let spills = try range.map { _ in try SpillFile(folder: work) }
        for (number, partition) in partitions.enumerated() {
            let file = try PartitionFile(path: partition.path)
            try file.forEachLine { document, record, line in
                let index = selection.starts[number] + document
                let fate = selection.fates[index]
                guard fate.isKept, let shards = first[fate] else { return }
                for copy in 0..<selection.copies(index, source: partition.source) {
                    let order = selection.order(record.identity &+ UInt64(copy), salt: 4)
                    let shard = shards.index + Int(order % UInt64(shards.count))
                    if range.contains(shard) { try spills[shard - range.lowerBound].append(line) }
                }
            }
        }
        for spill in spills { try spill.flush() }
        var waiting = range.makeIterator()
        var written: [Shard] = []
        let (output, seed) = (output, UInt64(selection.recipe.seed))
        try OrderedPipeline.run(
            threads: threads,
            produce: { waiting.next().map { (shard: shards[$0], spill: spills[$0 - range.lowerBound]) } },
            transform: { item in try Self.shuffle(item.spill, into: item.shard, output, seed) },
            consume: { shard in
                written.append(shard)
                progress(written.count)
            })
        return written
    }

    /// Writes the lines of a spill file in random order.
    private static func shuffle(_ spill: SpillFile, into shard: Shard, _ folder: String, _ seed: UInt64) throws -> Shard
    {
        let bytes = try spill.readAll()
        var lines: [(order: UInt64, range: Range<Int>)] = []
        bytes.view { text in
            text.forEachLine { range in
                let order = (UInt64(lines.count) &* 0x9E37_79B9_7F4A_7C15 &+ seed).mixed
                lines.append((order, range.lowerBound..<range.upperBound + 1))
            }
        }
        lines.sort { $0.order < $1.order }
        var content: [UInt8] = []
        content.reserveCapacity(bytes.count)
        for line in lines { content.append(contentsOf: bytes[line.range]) }
        try AtomicFile.write(content, to: FileSystem.join(folder, shard.name + ".jsonl"))
        var shard = shard
        shard.documents = lines.count
        shard.bytes = content.count
        shard.digest = SHA256.hash(data: content).hex
        return shard
    }
}
