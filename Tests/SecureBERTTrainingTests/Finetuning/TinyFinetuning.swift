import SecureBERTTensor
import SecureBERTTraining
import TestSupport

/// A few dozen examples that a model of a few thousand parameters learns in seconds.
struct TinyFinetuning {
    let folder: TemporaryFolder
    let compute: Compute

    init() throws {
        folder = try TemporaryFolder()
        compute = try Compute(threads: 1)
    }

    /// A recipe from a tiny checkpoint.
    /// - Parameters:
    ///   - task: Further tables.
    ///   - changes: Lines to replace.
    func recipe(_ task: String, from model: String = "modernbert-mlm-new", _ changes: [(String, String)] = []) throws
        -> String
    {
        var text = """
            from = "\(Fixtures.model(model))"
            seeds = [5]
            epochs = 12
            batch-size = 8
            tokens-per-part = 64
            maximum-length = 48
            precision = "f32"
            [optimizer]
            learning-rate = 1e-2
            [schedule]
            shape = "linear"
            warmup = 0.1
            [checkpoint]
            every = 7
            \(task)

            """
        for (old, new) in changes { text.replace(old, with: new) }
        try folder.write("recipe.toml", text)
        return folder.file("recipe.toml")
    }

    /// Trains in a folder.
    @discardableResult
    func run<Task: FinetuningTask>(
        _ recipe: FinetuningRecipe, output: String = "run", stopAfter: Int = .max, _ makeTask: (UInt64) throws -> Task
    ) throws -> FinetuningSeries.Summary? {
        var steps = 0
        return try FinetuningSeries(recipe, output: folder.file(output), compute: compute).run(
            makeTask, shouldStop: { steps >= stopAfter },
            report: { _, _, event in if case .step = event { steps += 1 } })
    }

    /// Sentences in which the word behind "malware" is a Malware and the two behind "host" are a System.
    static let sentences: [TaggedSentence] = (0..<24).map { number in
        let names = ["emotet", "trick", "zeus", "qbot"]
        let hosts = [["win", "10"], ["mac", "os"], ["deb", "12"]]
        if number.isMultiple(of: 2) {
            return TaggedSentence(
                words: ["the", "malware", names[number / 2 % 4], "ran", "."], tags: ["O", "O", "B-Malware", "O", "O"])
        }
        return TaggedSentence(
            words: ["on", "host", hosts[number % 3][0], hosts[number % 3][1], "it", "ran"],
            tags: ["O", "O", "B-System", "I-System", "O", "O"])
    }

    static let topics = ["the worm spreads over smb", "the mail asks for a password", "the patch fixes a leak"]
}
