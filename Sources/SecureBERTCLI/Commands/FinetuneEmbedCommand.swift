import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune embed`: a sentence encoder.
struct FinetuneEmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Train a model to give texts that belong together vectors that point the same way.",
        usage: "securebert finetune embed --recipe <file> --train <path> ... --valid <dir> -o <dir> [<options>]",
        discussion: """
            Training data are folders in BEIR's layout, whose qrels/train.tsv is learned, or JSON lines {"query", \
            "positive", "negatives": [...]}. Validation data are BEIR folders, whose qrels/valid.tsv is measured. The \
            model loads in sentence-transformers.

            EXAMPLES
              securebert finetune embed --recipe Recipes/finetune-embed.toml \\
                --train retrieval/cve-to-cwe pairs.jsonl --valid retrieval/cve-to-cwe \\
                --output runs/embed
              securebert embed --model runs/embed/model texts.txt
            """)

    @OptionGroup var finetuning: FinetuningOptions

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Further validation folders.", valueName: "dir"),
        completion: .directory)
    var alsoValid: [String] = []

    func run() throws {
        let recipe = try EmbeddingRecipe(path: finetuning.recipe)
        let data = try EmbeddingTrainingData(
            train: finetuning.data.train, valid: [finetuning.data.valid] + alsoValid)
        try finetuning.check(data)
        try finetuning.series.run(recipe.common) { seed, compute in
            try EmbeddingTask(recipe, train: data.train, valid: data.valid, seed: seed, compute: compute)
        }
    }
}
