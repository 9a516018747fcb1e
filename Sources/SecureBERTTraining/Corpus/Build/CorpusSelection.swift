/// What becomes of a document.
enum DocumentFate: UInt8, Sendable {
    case train
    case valid
    case test
    case exactDuplicate
    case nearDuplicate
    /// Beyond the cap of its source.
    case capped
    /// Left out by its source's weight.
    case sampledOut

    var isKept: Bool { rawValue <= DocumentFate.test.rawValue }

    /// Name of the split of a kept document.
    var split: String {
        switch self {
        case .valid: "valid"
        case .test: "test"
        default: "train"
        }
    }
}

/// Decides which documents of all partitions make the corpus, and which split each is in.
///
/// Documents are numbered through all partitions. Per document, 13 bytes are held for its fate, and while duplicates are
/// looked for, 12 to 24 for the set of hashes, then 13 for those that are left. Texts and signatures stay on disk.
struct CorpusSelection {
    let recipe: CorpusRecipe
    /// Number of the recipe's source of each partition.
    let partitionSources: [Int]
    /// Number of the first document of each partition, and the total.
    private(set) var starts: [Int] = [0]
    private(set) var fates: [DocumentFate] = []
    private var identities: [UInt64] = []
    private var bytes: [UInt32] = []

    /// - Parameters:
    ///   - partitions: the finished partitions, and the number of the source of each.
    ///   - work: folder for signatures.
    ///   - step: called between the steps with what is done next.
    init(
        _ recipe: CorpusRecipe, _ partitions: [(file: PartitionFile, source: Int)], work: String,
        step: (String) -> Void
    ) throws {
        self.recipe = recipe
        partitionSources = partitions.map(\.source)
        step("exact duplicates")
        readRecords(partitions.map(\.file))
        for (partition, number) in partitionSources.enumerated() {
            let fixed = recipe.sources[number].split?.fate
            for index in starts[partition]..<starts[partition + 1] where fates[index] == .train {
                fates[index] = fixed ?? split(identities[index])
            }
        }
        if recipe.duplicates.removesNear {
            step("near duplicates")
            try findNearDuplicates(partitions.map(\.file), work: work)
        }
        step("caps and weights")
        for source in recipe.sources.indices { applyWeightAndCap(source) }
    }

    private mutating func readRecords(_ files: [PartitionFile]) {
        let count = files.reduce(0) { $0 + $1.documentCount }
        fates.reserveCapacity(count)
        identities.reserveCapacity(count)
        bytes.reserveCapacity(count)
        var seen = HashSet64(minimumCapacity: recipe.duplicates.removesExact ? count : 0)
        for file in files {
            file.forEachRecord { _, record in
                let isNew = !recipe.duplicates.removesExact || seen.insert(record.contentHash)
                fates.append(isNew ? .train : .exactDuplicate)
                identities.append(record.identity)
                bytes.append(record.textBytes)
            }
            starts.append(fates.count)
        }
    }

    /// The split of an identity: the same on every machine and whatever else is in the corpus.
    private func split(_ identity: UInt64) -> DocumentFate {
        let share = Double(identity >> 11) / Double(1 << 53)
        if share < recipe.split.test { return .test }
        return share < recipe.split.test + recipe.split.valid ? .valid : .train
    }

    // MARK: - Near duplicates

    private mutating func findNearDuplicates(_ files: [PartitionFile], work: String) throws {
        var numbers: [UInt32] = []
        let signatures = try SpillFile(folder: work)
        numbers.reserveCapacity(fates.count { $0.isKept })
        for (partition, file) in files.enumerated() {
            try file.forEachSignature { document, signature in
                guard fates[starts[partition] + document].isKept else { return }
                numbers.append(UInt32(clamping: starts[partition] + document))
                try signatures.append(signature)
            }
        }
        try signatures.flush()
        let finder = NearDuplicates(
            signatures: signatures, permutations: recipe.duplicates.permutations, rows: recipe.duplicates.rows)
        var moved: Set<UInt64> = []
        let thresholds = recipe.sources.map { $0.threshold ?? recipe.duplicates.threshold }
        let duplicates = try finder.find(
            threshold: { thresholds[source(of: Int(numbers[$0]))] },
            onPair: { first, second, similarity in
                guard let limit = recipe.split.neighbours, similarity >= limit else { return }
                let pair = [Int(numbers[first]), Int(numbers[second])]
                guard fates[pair[0]] != fates[pair[1]] else { return }
                for number in pair where fates[number] != .train { moved.insert(identities[number]) }
            })
        for (index, isDuplicate) in duplicates.enumerated() where isDuplicate {
            fates[Int(numbers[index])] = .nearDuplicate
        }
        guard !moved.isEmpty else { return }
        for index in fates.indices where fates[index].isKept && moved.contains(identities[index]) {
            fates[index] = .train
        }
    }

    /// The recipe's source of a document.
    private func source(of document: Int) -> Int {
        var low = 0
        var high = starts.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= document { low = middle } else { high = middle - 1 }
        }
        return partitionSources[low]
    }

    // MARK: - Caps and weights

    private mutating func applyWeightAndCap(_ number: Int) {
        let source = recipe.sources[number]
        guard source.weight < 1 || source.capBytes != nil else { return }
        var kept: [(order: UInt64, document: Int)] = []
        for partition in partitionSources.indices where partitionSources[partition] == number {
            for document in starts[partition]..<starts[partition + 1] where fates[document].isKept {
                if source.weight < 1, share(identities[document], salt: 1) >= source.weight {
                    fates[document] = .sampledOut
                } else {
                    kept.append((order(identities[document], salt: 2), document))
                }
            }
        }
        guard let cap = source.capBytes else { return }
        // Parts of a document have one identity and so stay together.
        kept.sort { ($0.order, $0.document) < ($1.order, $1.document) }
        var sum = 0
        for (_, document) in kept {
            sum += Int(bytes[document])
            if sum > cap { fates[document] = .capped }
        }
    }

    /// How often a kept document is written: more than once only in the training split of a source with a weight above 1.
    func copies(_ document: Int, source: Int) -> Int {
        let weight = recipe.sources[source].weight
        guard weight > 1, fates[document] == .train else { return 1 }
        let whole = Int(weight)
        return whole + (share(identities[document], salt: 3) < weight - Double(whole) ? 1 : 0)
    }

    /// A number that orders documents at random, the same in every run of a recipe.
    func order(_ identity: UInt64, salt: UInt64) -> UInt64 {
        (identity ^ (UInt64(recipe.seed) &* 0x9E37_79B9_7F4A_7C15 &+ salt)).mixed
    }

    private func share(_ identity: UInt64, salt: UInt64) -> Double {
        Double(order(identity, salt: salt) >> 11) / Double(1 << 53)
    }
}
