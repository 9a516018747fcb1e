import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune classify`: a model that labels texts.
struct FinetuneClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Train a model to label texts.",
        usage: "securebert finetune classify --recipe <file> --train <file> ... --valid <file> -o <dir> [<options>]",
        discussion: """
            Data are JSON lines {"text", "label"} or {"text", "labels": [...]}, or CSV files with these columns. With \
            "labels", which may be empty, a text can have any number of them. --extra adds texts of the same kinds, or \
            the queries of a folder in BEIR's layout with the ids of their passages as labels; what has no label of the \
            training data is left out.

            EXAMPLES
              securebert finetune classify --recipe Recipes/finetune-attack.toml \\
                --train train.jsonl --valid valid.jsonl --output runs/attack
              securebert classify --model runs/attack/model report.txt
            """)

    @OptionGroup var finetuning: FinetuningOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Further texts, as far as they have labels of the training data.", valueName: "path"),
        completion: .file())
    var extra: [String] = []

    func run() throws {
        let recipe = try SequenceClassificationRecipe(path: finetuning.recipe)
        let data = try ClassificationTrainingData(
            train: finetuning.data.train, extra: extra, valid: finetuning.data.valid)
        try finetuning.check(data)
        let isComplete = try finetuning.series.run(recipe.common) { seed, compute in
            try SequenceClassificationTask(recipe, data, seed: seed, compute: compute)
        }
        guard isComplete else { return }
        try finetuning.calibrate {
            try ClassificationEvaluation($0, data.validation).calibration(recipe.thresholds)
        }
    }
}
