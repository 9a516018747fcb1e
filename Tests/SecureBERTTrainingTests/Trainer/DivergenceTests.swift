import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining
import TestSupport
import Testing

/// Numbers that are no longer numbers end a run, and take nothing with them.
@Suite struct DivergenceTests {
    let folder: TemporaryFolder
    let compute: Compute
    /// Evaluates every four steps and saves every three.
    let settings: TrainerSettings

    init() throws {
        folder = try TemporaryFolder()
        compute = try Compute(threads: 1)
        try folder.write("recipe.toml", TinyRun.recipe())
        settings = try PretrainingRecipe(path: folder.file("recipe.toml")).settings
    }

    private func train(_ trouble: (StubObjective.Trouble, step: Int)?, improves: Bool = true) throws {
        let objective = try StubObjective(trouble, improves: improves, compute)
        let run = try RunFolder(path: folder.file("run"))
        try Trainer(objective, settings: settings, folder: run, compute: compute).run()
    }

    /// What is measured after step 8 would be the best so far, or would not.
    @Test(arguments: [
        (StubObjective.Trouble.loss, true, 8, "the loss is nan"),
        (.gradient, true, 8, "the length of the gradients is inf"),
        (.validation, true, 8, "the validation loss is nan"),
        (.weight, true, 8, "bias holds numbers that are not finite"),
        (.weight, false, 9, "bias holds numbers that are not finite"),
    ])
    func aRunThatDivergesStopsWithItsGoodModels(
        trouble: StubObjective.Trouble, improves: Bool, step: Int, what: String
    ) throws {
        let error = try #require(throws: TrainingError.self) { try train((trouble, 8), improves: improves) }
        #expect(error.code == .diverged)
        #expect(
            error.description.hasPrefix("step \(step): \(what) at a learning rate of 0.01; lower the rate"), "\(error)")
        #expect(error.description.hasSuffix("run/checkpoints/step-00000006 (step 6)"), "\(error)")
        #expect(folder.names(in: "run/checkpoints") == ["step-00000003", "step-00000006"])
        #expect(folder.names(in: "run").filter { $0.hasSuffix(".partial") || $0 == "model" }.isEmpty)
        let best = try SafetensorsFile(path: folder.file("run/best/model.safetensors"))
        for name in ["weight", "bias"] { #expect(try best.tensor(named: name).floats().allSatisfy(\.isFinite)) }
        let log = String(decoding: try folder.read("run/log.jsonl"), as: UTF8.self)
        #expect(!log.contains("null"))
        // From there it goes on.
        try train(nil, improves: improves)
        #expect(folder.names(in: "run").contains("model"))
    }

    /// The first number measured is the best so far only when it is one.
    @Test func whatIsMeasuredFirstHasToBeANumber() throws {
        let error = try #require(throws: TrainingError.self) { try train((.validation, 4)) }
        #expect(
            error.code == .diverged && error.description.hasPrefix("step 4: the validation loss is nan"), "\(error)")
        #expect(!folder.names(in: "run").contains("best"))
    }

    @Test func weightsThatAreNoNumbersAreNotBegunWith() throws {
        let objective = try StubObjective(nil, compute)
        try objective.parameters[1].restore(Tensor([1, 2, .infinity, 4], shape: [2, 2]), compute)
        let error = try #require(throws: TrainingError.self) {
            try Trainer(
                objective, settings: settings, folder: RunFolder(path: folder.file("run")), compute: compute)
        }
        #expect(
            error.description.contains("bias of the model to begin with holds numbers that are not finite"), "\(error)")
    }
}
