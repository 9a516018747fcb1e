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

    func run() throws {
        let recipe = try TokenClassificationRecipe(path: finetuning.recipe)
        let (train, valid) = (try datasets(finetuning.data.train), try datasets([finetuning.data.valid]))
        try finetuning.checkLeaks(train: train.flatMap(\.splitItems), valid: valid.flatMap(\.splitItems))
        let extra = try datasets(extra)
        let names = try self.names.map { try EntityNames(path: $0).names } ?? [:]
        try finetuning.series.run(recipe.common) { seed, compute in
            try TokenClassificationTask(
                recipe, train: sentences(train), extra: sentences(extra), names: names, valid: sentences(valid),
                seed: seed,
                compute: compute)
        }
    }

    private func datasets(_ paths: [String]) throws -> [EntityDataset] {
        try paths.map { path in
            let dataset = try EntityDataset(path: path)
            if let first = dataset.violations.first {
                finetuning.series.results.messages.note(
                    """
                    \(path.visible): \(dataset.violations.count.counted("tag")) cannot stand where they do, the first in line \
                    \(first.line) (\(first.tag.visible)); they begin entities, as seqeval reads them
                    """)
            }
            return dataset
        }
    }

    private func sentences(_ datasets: [EntityDataset]) -> [TaggedSentence] {
        datasets.flatMap { $0.texts.map(TaggedSentence.init) }
    }
}
