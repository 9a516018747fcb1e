import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune answer`: extractive question answering.
struct FinetuneAnswerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Train a model to find the passage that answers a question.",
        usage: "securebert finetune answer --recipe <file> --train <file> ... --valid <file> -o <dir> [<options>]",
        discussion: """
            Data are JSON files in the format of SQuAD, version 1 or 2 (with questions the context does not answer).

            EXAMPLES
              securebert finetune answer --recipe Recipes/finetune-answer.toml --train train-v2.0.json \\
                --valid dev-v2.0.json --output runs/answer
              securebert answer --model runs/answer/model --question QUESTION report.txt
            """)

    @OptionGroup var finetuning: FinetuningOptions

    func run() throws {
        let recipe = try QuestionAnsweringRecipe(path: finetuning.recipe)
        let data = try AnswerTrainingData(train: finetuning.data.train, valid: finetuning.data.valid)
        try finetuning.check(data)
        try finetuning.series.run(recipe.common) { seed, compute in
            try QuestionAnsweringTask(recipe, train: data.train, valid: data.valid, seed: seed, compute: compute)
        }
    }
}
