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
            Data are JSON lines {"code", "label"}, 1 for vulnerable and 0 for safe. Long functions are read in windows.

            EXAMPLES
              securebert finetune vuln --recipe Recipes/finetune-vuln.toml \\
                --train train.jsonl --valid valid.jsonl --output runs/vuln
              securebert classify --model runs/vuln/model functions.jsonl
            """)

    @OptionGroup var finetuning: FinetuningOptions

    /// In the order of the logits.
    private static let labels = ["safe", "vulnerable"]

    func run() throws {
        let recipe = try SequenceClassificationRecipe(path: finetuning.recipe, table: "vuln")
        let train = try finetuning.train.flatMap { try functions(VulnerabilityDataset(path: $0)) }
        let valid = try VulnerabilityDataset(path: finetuning.valid)
        try valid.requireTwoClasses()
        try finetuning.run(recipe.common) { seed, compute in
            try SequenceClassificationTask(
                recipe, labels: Self.labels, isMultiLabel: false, train: train, valid: functions(valid), seed: seed,
                compute: compute)
        }
    }

    private func functions(_ dataset: VulnerabilityDataset) -> [ClassifiedText] {
        dataset.functions.map { ClassifiedText($0.code, labels: [$0.isVulnerable ? 1 : 0]) }
    }
}
