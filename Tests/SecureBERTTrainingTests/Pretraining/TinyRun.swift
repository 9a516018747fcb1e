import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor
import SecureBERTTraining
import TestSupport

/// A corpus of a few dozen sentences and snippets, a model of a few thousand parameters and a recipe of a few steps.
struct TinyRun {
    let folder: TemporaryFolder
    let tokenizer = Fixtures.model("modernbert-mlm-new")

    init() throws {
        folder = try TemporaryFolder()
        try Self.writeCorpus(to: folder)
        _ = try TokenCorpusBuilder(
            corpus: folder.file("corpus"), tokenizer: DocumentTokenizer(path: tokenizer),
            output: folder.file("tokens"), threads: 1
        ).run()
    }

    static func writeCorpus(to folder: TemporaryFolder) throws {
        let actors = ["The attacker", "A loader", "The group", "Malware", "An administrator"]
        let actions = [
            "deletes shadow copies", "moves laterally over SMB", "reads credentials from memory", "patches late",
        ]
        var lines = ""
        var number = 0
        for actor in actors {
            for action in actions {
                number += 1
                let text = String(repeating: "\(actor) \(action) on server \(number). ", count: number % 7 + 1)
                lines += document("t\(number)", "text", text, source: number % 4 == 0 ? "broad test" : "test")
                lines += document("c\(number)", "code", "int f\(number)(char *p) {\n  return p[\(number)];\n}\n")
            }
        }
        try folder.write("corpus/train.jsonl", lines)
        try folder.write(
            "corpus/valid.jsonl",
            document("v1", "text", String(repeating: "The loader deletes credentials. ", count: 9)))
    }

    private static func document(_ id: String, _ kind: String, _ text: String, source: String = "test") -> String {
        let json: JSON = [
            "id": .string(id), "source": .string(source), "kind": .string(kind), "license": "MIT", "title": "",
            "text": .string(text),
        ]
        return json.text + "\n"
    }

    static func recipe(_ changes: [(String, String)] = []) -> String {
        var text = """
            tokens-per-step = 256
            tokens-per-part = 128
            seed = 7
            precision = "f32"
            recompute-layers = true
            [model]
            layers = 2
            hidden-size = 16
            heads = 2
            intermediate-size = 24
            maximum-length = 64
            local-attention = 8
            [masking]
            text = "word"
            code = "line-span"
            [broad]
            sources = ["broad *"]
            [optimizer]
            learning-rate = 1e-2
            [schedule]
            warmup = 0.1
            [evaluation]
            every = 4
            tokens = 60
            [checkpoint]
            every = 3
            [log]
            every = 1
            [[stage]]
            name = "short"
            tokens = 2048
            length = 24
            text = 0.6
            code = 0.4
            broad = 0.1
            [[stage]]
            name = "long"
            tokens = 1024
            length = 60
            join-documents = true
            mask-rate = 0.2

            """
        for (old, new) in changes { text.replace(old, with: new) }
        return text
    }

    func trainer(
        _ output: String, _ changes: [(String, String)] = [], threads: Int = 2, tokenizer: String? = nil
    ) throws -> Trainer<MaskedLanguageModeling> {
        try folder.write("recipe.toml", Self.recipe(changes))
        let recipe = try PretrainingRecipe(path: folder.file("recipe.toml"))
        let compute = try Compute(threads: threads)
        let objective = try MaskedLanguageModeling(
            recipe, corpus: TokenCorpus(folder: folder.file("tokens")), tokenizerFolder: tokenizer ?? self.tokenizer,
            compute: compute)
        return try Trainer(
            objective, settings: recipe.settings, folder: RunFolder(path: folder.file(output)), compute: compute)
    }

    /// Trains for so many steps, or to the end.
    /// - Returns: Whether the run is complete.
    @discardableResult
    func train(
        _ output: String, _ changes: [(String, String)] = [], threads: Int = 2, stopAfter: Int = .max
    ) throws -> Bool {
        var steps = 0
        return try trainer(output, changes, threads: threads).run(shouldStop: { steps >= stopAfter }) { event in
            if case .step = event { steps += 1 }
        }
    }

    /// The losses of a run's log, by step.
    func losses(_ output: String) throws -> [Int: Double] {
        var losses: [Int: Double] = [:]
        for line in try folder.read("\(output)/log.jsonl").split(separator: UInt8(ascii: "\n")) {
            let json = try line.withUnsafeBytes { try JSON.parse($0) }
            if let loss = json["loss"]?.doubleValue, let step = json["step"]?.integerValue { losses[step] = loss }
        }
        return losses
    }
}
