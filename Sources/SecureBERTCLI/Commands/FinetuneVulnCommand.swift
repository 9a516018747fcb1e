import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune vuln`: a model that tells vulnerable functions from safe ones.
struct FinetuneVulnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vuln",
        abstract: "Train a model to tell vulnerable functions from safe ones.",
        usage: "securebert finetune vuln --recipe <file> --train <file> ... --valid <file> -o <dir> [<options>]",
        discussion: """
            Data are JSON lines {"code", "label", "cwe"?}, 1 for vulnerable and 0 for safe. Long functions are read in \
            windows. With classes = "cwe" in the recipe the model also says by which weakness; the score of being \
            vulnerable is then what "safe" leaves of 1. With normalize-identifiers = true it does not see what authors have \
            called things, and classify replaces the names in the same way.

            EXAMPLES
              securebert finetune vuln --recipe Recipes/finetune-vuln.toml \\
                --train train.jsonl --valid valid.jsonl --output runs/vuln
              securebert classify --model runs/vuln/model functions.jsonl
            """)

    @OptionGroup var finetuning: FinetuningOptions
    @OptionGroup var fixed: FixedFunctionOptions

    func run() throws {
        let recipe = try VulnerabilityRecipe(path: finetuning.recipe)
        let data = try VulnerabilityTrainingData(
            train: finetuning.data.train, pairs: fixed.pairs, valid: [finetuning.data.valid])
        try finetuning.check(data)
        let isComplete = try finetuning.series.run(recipe.classification.common) { seed, compute in
            try SequenceClassificationTask(recipe, data, seed: seed, compute: compute)
        }
        guard isComplete else { return }
        try finetuning.calibrate { try VulnerabilityEvaluation($0, data.valid[0]).calibration }
    }
}
