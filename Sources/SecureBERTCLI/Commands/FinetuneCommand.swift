import ArgumentParser

/// `securebert finetune`: a model for a task.
struct FinetuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune",
        abstract: "Train a model for a task, from any checkpoint.",
        usage: "securebert finetune <task> --recipe <file> ... -o <dir> [<options>]",
        discussion: """
            Each seed of the recipe is a run; the model that is best on the validation data is kept in OUTPUT/model. The \
            same command on the same folder goes on where it was stopped; Ctrl-C and SIGTERM save first. With a table [lora] \
            in the recipe the encoder stays as it is, and what is added to it is kept in OUTPUT/adapter as well, as PEFT \
            reads it.

            EXAMPLES
              securebert finetune ner --recipe Recipes/finetune-ner.toml \\
                --train train.txt --valid valid.txt --output runs/ner
            """,
        subcommands: [
            FinetuneNerCommand.self, FinetuneClassifyCommand.self, FinetuneEmbedCommand.self,
            FinetuneRerankCommand.self, FinetuneVulnCommand.self, FinetuneAnswerCommand.self,
            FinetuneJointCommand.self, FinetuneNgramsCommand.self,
        ])
}
