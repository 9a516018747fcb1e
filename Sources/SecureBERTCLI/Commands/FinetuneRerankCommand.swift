import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune rerank`: a cross-encoder.
struct FinetuneRerankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerank",
        abstract: "Train a cross-encoder, which reads a query and a passage together.",
        usage: "securebert finetune rerank --recipe <file> --train <file> ... --valid <file> -o <dir> [<options>]",
        discussion: """
            Data are JSON lines {"query", "positive", "negatives": [...]}, as `securebert mine` writes them. The model loads \
            in sentence-transformers as a CrossEncoder.

            EXAMPLES
              securebert finetune rerank --recipe Recipes/finetune-rerank.toml \\
                --train mined.jsonl --valid mined-valid.jsonl --output runs/rerank
              securebert rerank --model runs/rerank/model --query QUERY passages.txt
            """)

    @OptionGroup var finetuning: FinetuningOptions

    func run() throws {
        let recipe = try RerankRecipe(path: finetuning.recipe)
        let data = try RerankTrainingData(train: finetuning.data.train, valid: finetuning.data.valid)
        try finetuning.check(data)
        try finetuning.series.run(recipe.common) { seed, compute in
            try RerankTask(recipe, train: data.train, valid: data.valid, seed: seed, compute: compute)
        }
    }
}
