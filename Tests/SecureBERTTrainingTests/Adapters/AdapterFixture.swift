import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport

/// An adapter that PEFT made for a tiny model, with what it computes: Scripts/fixtures/adapters.py.
struct AdapterFixture {
    let name: String
    let tiny: TinyFinetuning
    let golden: SafetensorsFile

    static let texts = TinyFinetuning.topics + ["zeus ran"]
    static let labels = ["benign", "phishing", "ransomware"]

    init(_ name: String) throws {
        self.name = name
        tiny = try TinyFinetuning()
        golden = try SafetensorsFile(path: "\(Fixtures.path)/adapters/\(name)/golden.safetensors")
    }

    var path: String { "\(Fixtures.path)/adapters/\(name)" }

    /// The task that the fixture has trained, with the adapter where it began.
    func task() throws -> (SequenceClassificationTask, FinetuningRecipe) {
        let table =
            name.hasPrefix("roberta")
            ? "rank = 2\nalpha = 4\ntargets = [\"query\", \"value\"]\nrank-stabilized = true" : "rank = 4\nalpha = 8"
        let recipe = try SequenceClassificationRecipe(path: tiny.recipe("[lora]\n" + table, from: name))
        let examples = Self.texts.enumerated().map { ClassifiedText($1, labels: [$0 % 3]) }
        let task = try SequenceClassificationTask(
            recipe, labels: Self.labels, isMultiLabel: false, train: examples, valid: [], seed: 1, compute: tiny.compute
        )
        try task.adapter?.restore(from: path, tiny.compute)
        return (task, recipe.common)
    }
}
