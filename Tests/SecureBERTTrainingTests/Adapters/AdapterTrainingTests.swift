import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

/// Training of LoRA adapters, compared with PEFT's.
@Suite struct AdapterTrainingTests {
    let tiny: TinyFinetuning
    init() throws { tiny = try TinyFinetuning() }

    private func entityTask(_ recipe: TokenClassificationRecipe, _ seed: UInt64) throws -> TokenClassificationTask {
        try TokenClassificationTask(
            recipe, train: TinyFinetuning.sentences, valid: Array(TinyFinetuning.sentences.prefix(8)), seed: seed,
            compute: tiny.compute)
    }

    @Test(arguments: ["modernbert-sequence-cls", "roberta-sequence"])
    func tenStepsAgreeWithTheReference(name: String) throws {
        let fixture = try AdapterFixture(name)
        let compute = fixture.tiny.compute
        let (task, recipe) = try fixture.task()
        let objective = try Finetuning(task, recipe, seed: 1, compute: compute)
        let optimizer = try AdamW(objective.parameters, settings: AdamW.Settings(), compute: compute)
        var losses: [Float] = []
        for step in 0..<10 {
            var loss: Float = 0
            for part in try task.parts(of: Array(0..<4), step: step, compute) {
                let tape = GradientTape()
                let partLoss = try task.loss(of: part, compute.recording(on: tape))
                loss += try partLoss.floats()[0]
                try tape.backward(from: partLoss, compute)
            }
            losses.append(loss)
            try objective.willStep(compute)
            _ = optimizer.step(learningRate: 1e-3)
            try objective.didStep(compute)
        }
        try expectClose(
            losses, fixture.golden.tensor(named: "losses").floats().map(Double.init), absolute: 1e-6, relative: 1e-4,
            name)
        #expect(losses[9] < losses[0])
        let names = fixture.golden.tensorNames.filter { $0.hasPrefix("parameter.") }
        #expect(names.count == objective.parameters.count)
        for golden in names {
            let parameter = objective.parameters.first { ("parameter." + $0.name) == golden }
            try expectDigest(
                #require(parameter, "\(golden)").value, fixture.golden.tensor(named: golden), tolerance: 1e-4, golden)
        }
    }

    /// The model in OUTPUT/model is the sum of the checkpoint and OUTPUT/adapter, and only that has changed.
    @Test(arguments: ["modernbert-mlm-new", "roberta-mlm", "bert-mlm"])
    func theAdapterMakesTheModel(model: String) throws {
        let recipe = try TokenClassificationRecipe(path: tiny.recipe("[lora]\nrank = 4\nalpha = 16", from: model))
        let summary = try #require(try tiny.run(recipe.common) { try entityTask(recipe, $0) })
        #expect(summary.mean > 0.9)
        let base = try ModelFolder(path: Fixtures.model(model))
        let adapter = try AdapterFolder(path: tiny.folder.file("run/adapter"))
        #expect(adapter.configuration.targets?.contains(model.hasPrefix("modernbert") ? "Wqkv" : "query") == true)
        let merged = tiny.folder.file("merged")
        try AtomicFolder.write(merged) {
            try AdapterMerging(base, adapter, unmerging: false, compute: tiny.compute).write(to: $0, tiny.compute)
        }
        let (before, trained) = (try base.weights(), try ModelFolder(path: tiny.folder.file("run/model")))
        let after = try ModelFolder(path: merged)
        #expect(after.configuration.shared.labels == trained.configuration.shared.labels)
        #expect(after.configuration.shared.head == .tokenClassification)
        for name in try trained.weights().tensorNames {
            let tensor = try trained.weights().tensor(named: name)
            #expect(try after.weights().tensor(named: name).floats() == tensor.floats(), "\(name)")
            let isAdapted = adapter.updates.contains { name.hasSuffix($0.module + ".weight") }
            if let old = before.tensorDescription(named: name), !isAdapted, !name.hasPrefix("head.") {
                #expect(
                    try tiny.compute.float32(before.tensor(named: old.name)).floats() == tensor.floats(), "\(name)")
            }
        }
        #expect(FileSystem.kind(of: tiny.folder.file("run/model/adapter")) == nil)
    }

    /// Stopped and started again, a run ends with the same bytes.
    @Test func aResumedRunEqualsAnUninterruptedOne() throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[lora]\nrank = 2", [("epochs = 12", "epochs = 4")]))
        try tiny.run(recipe.common, output: "whole") { try entityTask(recipe, $0) }
        for stop in [1, 5] {
            #expect(try tiny.run(recipe.common, output: "parts", stopAfter: stop) { try entityTask(recipe, $0) } == nil)
        }
        try tiny.run(recipe.common, output: "parts") { try entityTask(recipe, $0) }
        for file in ["model/model", "adapter/adapter_model", "seed-5/model/adapter/adapter_model"] {
            let name = file + ".safetensors"
            #expect(try tiny.folder.read("parts/" + name) == tiny.folder.read("whole/" + name), "\(name)")
        }
    }

    /// Short names in the configuration would adapt all layers when PEFT reads it.
    @Test func frozenLayersAreNotAdapted() throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("[lora]\ntargets = [\"attn.Wo\"]\n[freeze]\nlayers = 1", [("epochs = 12", "epochs = 1")]))
        try tiny.run(recipe.common) { try entityTask(recipe, $0) }
        let adapter = try AdapterFolder(path: tiny.folder.file("run/adapter"))
        #expect(!adapter.updates.isEmpty)
        #expect(adapter.updates.allSatisfy { $0.module.hasSuffix("attn.Wo") && !$0.module.contains("layers.0.") })
        #expect(adapter.configuration.targets.map(Set.init) == Set(adapter.updates.map(\.module)))
    }

    @Test(arguments: [
        ("targets = [\"Wqkv\", \"query\"]", "\"query\", which is no linear layer"),
        ("targets = [\"head\"]", "Wi, Wo, Wqkv"),
        ("targets = [\"tok_embeddings\"]", "no linear layer"), ("rank = 0", "found 0"),
        ("ranks = 4", "did you mean rank?"),
        ("[freeze]\nlayers = 100", "leaves no layer"),
    ]) func impossibleTables(table: String, message: String) throws {
        let error = try #require(throws: (any Error).self) {
            let recipe = try TokenClassificationRecipe(path: tiny.recipe("[lora]\n" + table))
            _ = try entityTask(recipe, 1)
        }
        #expect("\(error)".contains(message), "\(error)")
    }
}
