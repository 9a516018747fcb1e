import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert finetune joint`: one encoder for several tasks.
struct FinetuneJointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "joint",
        abstract: "Train one encoder with a head for each of several tasks.",
        usage: "securebert finetune joint --recipe <file> --output <dir> [<options>]",
        discussion: """
            The recipe names the tasks, their own recipes and their data. Each head can be used as a model of its own, \
            OUTPUT/model/heads/NAME; a program that uses several encodes a text once for all of them.

            EXAMPLES
              securebert finetune joint --recipe Recipes/finetune-joint.toml --data DATA \\
                --output runs/joint
              securebert ner --model runs/joint/model/heads/ner report.txt
            """)

    @Option(help: ArgumentHelp("What to do, in TOML.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var recipe: String

    @Option(
        help: ArgumentHelp("Folder that the paths of data in the recipe are relative to.", valueName: "dir"),
        completion: .directory)
    var data: String?

    @OptionGroup var leaks: LeakPermission
    @OptionGroup var series: SeriesOptions

    func run() throws {
        let recipe = try JointRecipe(path: recipe, data: data)
        for task in recipe.tasks { try leaks.check(task.data(), series.results.messages) }
        try series.run(recipe.common) { seed, compute in try JointTask(recipe, seed: seed, compute: compute) }
    }
}
