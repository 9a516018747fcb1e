import SecureBERTCheckpoint
import SecureBERTTensor

/// How several tasks are learned with one encoder: the common keys, and `[[task]]` with a recipe and data for each.
public struct JointRecipe: Sendable {
    /// Which kinds of tasks can share an encoder.
    public enum Kind: String, Sendable, CaseIterable {
        case ner, classify, vuln, embed
    }

    /// A task.
    public struct Task: Sendable {
        /// What the head is called.
        public let name: String
        public let kind: Kind
        /// The task's own recipe, of which the task's table counts; checkpoint, seeds, epochs, optimizer and schedule are those of
        /// the joint recipe.
        let recipe: String
        let train: [String]
        let valid: [String]
        /// Sentences whose types the recipe maps to those of `train`, for `ner`.
        let extra: [String]
        /// Names of entities, for `ner`.
        let names: String?
        let share: Double
    }

    public let common: FinetuningRecipe
    public let tasks: [Task]

    /// Reads a recipe; paths of data are relative to `data`, or to the working folder.
    /// - Throws: ``RecipeError`` naming the key, what was expected and what was found.
    public init(path: String, data: String?) throws {
        let reader = try RecipeReader(path: path)
        let common = try FinetuningRecipe(reader)
        func place(_ path: String) -> String {
            path.hasPrefix("/") ? path : data.map { FileSystem.join($0, path) } ?? path
        }
        tasks = try reader.tables("task").map { table in
            let name = try table.string("name")
            guard !name.isEmpty,
                name.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
            else { throw table.error("name", "expected lower-case letters, digits and hyphens, found \(name.quoted)") }
            return Task(
                name: name, kind: try table.choice("kind"), recipe: reader.resolved(try table.string("recipe")),
                train: try table.strings("train").map(place), valid: try table.strings("valid").map(place),
                extra: try table.strings("extra").map(place), names: try table.optionalString("names").map(place),
                share: try table.double("share", in: 0.001...1000, default: 1))
        }
        try reader.finish()
        guard tasks.count > 1, Set(tasks.map(\.name)).count == tasks.count else {
            throw RecipeError(file: path, key: "task", "expected at least two tasks with different names")
        }
        guard tasks.count(where: { $0.kind == .embed }) <= 1 else {
            throw RecipeError(
                file: path, key: "task",
                "expected at most one task of the kind embed: a folder has one way of making vectors")
        }
        guard common.lora == nil else {
            throw RecipeError(
                file: path, key: "lora", "tasks with adapters of their own cannot share what the encoder computes")
        }
        if let task = tasks.first(where: { $0.train.isEmpty || $0.valid.isEmpty }) {
            throw RecipeError(file: path, key: "task", "\(task.name) needs training and validation data")
        }
        if let task = tasks.first(where: { $0.kind != .ner && !($0.extra.isEmpty && $0.names == nil) }) {
            throw RecipeError(
                file: path, key: "task",
                "\(task.name) has \"extra\" or \"names\", which only the kind ner has; name further data in \"train\"")
        }
        if let task = tasks.first(where: { $0.kind == .classify && $0.valid.count > 1 }) {
            throw RecipeError(file: path, key: "task", "\(task.name) has several validation files, expected one")
        }
        self.common = common
    }
}

extension JointRecipe.Task {
    /// The task's data, read and checked.
    public func data() throws -> any TrainingData {
        switch kind {
        case .ner: try entities
        case .classify: try texts
        case .vuln: try functions
        case .embed: try pairs
        }
    }

    private var entities: EntityTrainingData {
        get throws { try EntityTrainingData(train: train, extra: extra, valid: valid) }
    }

    /// Further files are learned as far as they have labels of the first.
    private var texts: ClassificationTrainingData {
        get throws {
            try ClassificationTrainingData(train: [train[0]], extra: Array(train.dropFirst()), valid: valid[0])
        }
    }

    private var functions: VulnerabilityTrainingData {
        get throws { try VulnerabilityTrainingData(train: train, valid: valid) }
    }

    private var pairs: EmbeddingTrainingData {
        get throws { try EmbeddingTrainingData(train: train, valid: valid) }
    }

    /// Makes the task with the joint run's settings.
    func member(
        _ common: FinetuningRecipe, sharing: EncoderSharing, seed: UInt64, _ compute: Compute
    ) throws -> JointTask.Member {
        var common = common
        common.sharing = sharing
        switch kind {
        case .ner:
            var recipe = try TokenClassificationRecipe(path: recipe)
            recipe.common = common
            return JointTask.Member(
                name, share: share,
                try TokenClassificationTask(
                    recipe, entities, names: names.map { try EntityNames(path: $0).names } ?? [:], seed: seed,
                    compute: compute))
        case .classify:
            var recipe = try SequenceClassificationRecipe(path: recipe)
            recipe.common = common
            return JointTask.Member(
                name, share: share, try SequenceClassificationTask(recipe, texts, seed: seed, compute: compute))
        case .vuln:
            var recipe = try VulnerabilityRecipe(path: recipe)
            recipe.classification.common = common
            return JointTask.Member(
                name, share: share, try SequenceClassificationTask(recipe, functions, seed: seed, compute: compute))
        case .embed:
            var recipe = try EmbeddingRecipe(path: recipe)
            recipe.common = common
            let pairs = try pairs
            return JointTask.Member(
                name, share: share,
                try EmbeddingTask(recipe, train: pairs.train, valid: pairs.valid, seed: seed, compute: compute))
        }
    }
}
