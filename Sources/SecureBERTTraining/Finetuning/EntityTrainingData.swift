import SecureBERTTensor

/// What a model of named entities learns from.
public struct EntityTrainingData: TrainingData {
    /// The sentences that decide the types.
    public let train: [EntityDataset]
    /// Further sentences, whose types the recipe maps.
    public let extra: [EntityDataset]
    public let valid: [EntityDataset]

    /// Reads data.
    /// - Parameters:
    ///   - train: Files that decide the types.
    ///   - extra: Further files, with types of their own.
    ///   - valid: Files that the best checkpoint is chosen on.
    ///   - isStrict: Whether a tag that cannot stand where it does is an error, or read as seqeval reads it.
    /// - Throws: ``CorpusError`` with file and line of the first mistake: a type that the training data do not have among them;
    ///   or when there are no entities to learn or to choose on.
    public init(train: [String], extra: [String] = [], valid: [String], isStrict: Bool = false) throws {
        var options = EntityDataset.Options()
        options.isStrict = isStrict
        self.train = try train.map { try EntityDataset(path: $0, options) }
        self.extra = try extra.map { try EntityDataset(path: $0, options) }
        let types = Set(self.train.flatMap(\.types)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        try Self.requireEntities(self.train, "so there is nothing to learn")
        options.types = types
        self.valid = try valid.map { try EntityDataset(path: $0, options) }
        try Self.requireEntities(self.valid, "so nothing can be chosen on it")
    }

    private static func requireEntities(_ datasets: [EntityDataset], _ consequence: String) throws(CorpusError) {
        guard let first = datasets.first, datasets.allSatisfy(\.types.isEmpty) else { return }
        throw CorpusError(.mismatch, file: first.file, "has no entity, \(consequence)")
    }

    public var overlap: SplitOverlap {
        SplitOverlap((train + extra).flatMap(\.splitItems), valid.flatMap(\.splitItems))
    }

    public var remarks: [String] {
        let types = Set(train.flatMap(\.types)).subtracting(valid.flatMap(\.types))
        let unmeasured = types.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return (train + extra + valid).compactMap(\.violationRemark)
            + Self.remark(unmeasured: unmeasured, in: valid.first?.file ?? "")
    }
}

extension TokenClassificationTask {
    /// Learns to find the entities of data.
    public convenience init(
        _ recipe: TokenClassificationRecipe, _ data: EntityTrainingData, names: [String: [String]] = [:], seed: UInt64,
        compute: Compute
    ) throws {
        func sentences(_ datasets: [EntityDataset]) -> [TaggedSentence] {
            datasets.flatMap { $0.texts.map(TaggedSentence.init) }
        }
        try self.init(
            recipe, train: sentences(data.train), extra: sentences(data.extra), names: names,
            valid: sentences(data.valid), seed: seed, compute: compute)
    }
}

extension EntityDataset {
    /// The tags that were mended, in one clause; nil when there are none.
    fileprivate var violationRemark: String? {
        guard let first = violations.first else { return nil }
        let others = violations.count == 1 ? "" : ", and \(violations.count - 1) more tags"
        return """
            line \(first.line) of \(file.printable): the tag \(first.tag.quoted) cannot stand where it does\(others); each begins an \
            entity, as seqeval reads it
            """
    }
}
