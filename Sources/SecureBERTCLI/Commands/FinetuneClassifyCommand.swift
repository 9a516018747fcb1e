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
        let train = try finetuning.train.map { try ClassificationDataset(path: $0) }
        let labels = Set(train.flatMap(\.labels)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let valid = try ClassificationDataset(path: finetuning.valid, labels: labels)
        try valid.requireTwoClasses()
        try finetuning.checkLeaks(train: train.flatMap(\.splitItems), valid: valid.splitItems)
        let isMultiLabel = train.contains(where: \.isMultiLabel)
        let numbers = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        func texts(_ dataset: ClassificationDataset) -> [ClassifiedText] {
            dataset.examples.map { ClassifiedText($0.text, labels: $0.labels.compactMap { numbers[$0] }) }
        }
        let further = try extra.flatMap { texts(try ClassificationDataset(texts: $0)) }.filter { !$0.labels.isEmpty }
        if !extra.isEmpty { finetuning.results.messages.note("\(further.count.counted("further text"))") }
        let examples = train.flatMap(texts) + further
        let isComplete = try finetuning.run(recipe.common) { seed, compute in
            try SequenceClassificationTask(
                recipe, labels: labels, isMultiLabel: isMultiLabel, train: examples, valid: texts(valid), seed: seed,
                compute: compute)
        }
        guard isComplete else { return }
        try finetuning.calibrate { try ClassificationEvaluation($0, valid).calibration(recipe.thresholds) }
    }
}
