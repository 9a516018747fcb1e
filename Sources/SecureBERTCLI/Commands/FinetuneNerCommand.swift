import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune ner`: a model that finds named entities.
struct FinetuneNerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ner",
        abstract: "Train a model to find named entities.",
        usage: "securebert finetune ner --recipe <file> --train <file> ... --valid <file> -o <dir> [<options>]",
        discussion: """
            Data are sentences with a word and its tag on each line and blank lines between (CoNLL; BIO, IOB1, BIOES and BILOU \
            are understood), or JSON lines {"text", "entities": [{"start", "end", "type"}]} with offsets in Unicode \
            scalars.

            EXAMPLES
              securebert finetune ner --recipe Recipes/finetune-ner.toml \\
                --train train.txt --valid valid.txt --output runs/ner
              securebert ner --model runs/ner/model report.txt
            """)

    @OptionGroup var finetuning: FinetuningOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Further sentences, their types mapped by the recipe.", valueName: "file"),
        completion: .file())
    var extra: [String] = []

    @Option(
        help: ArgumentHelp(
            "Names to replace entities with: a type, a tab and a name on each line.", valueName: "file.tsv"),
        completion: .file())
    var names: String?

    @Flag(help: "Refuse a tag that cannot stand where it does; otherwise it begins an entity, as seqeval reads it.")
    var strictTags = false

    func run() throws {
        let recipe = try TokenClassificationRecipe(path: finetuning.recipe)
        let data = try EntityTrainingData(
            train: finetuning.data.train, extra: extra, valid: [finetuning.data.valid], isStrict: strictTags)
        try finetuning.check(data)
        let names = try self.names.map { try EntityNames(path: $0).names } ?? [:]
        try finetuning.series.run(recipe.common) { seed, compute in
            try TokenClassificationTask(recipe, data, names: names, seed: seed, compute: compute)
        }
    }
}
