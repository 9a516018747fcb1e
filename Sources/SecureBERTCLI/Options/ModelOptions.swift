import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTokenizers

/// Which model, and how it computes: the options of every subcommand that runs one.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Folder of a model, or the name of one that was pulled. Default: $SECUREBERT_MODEL.",
            valueName: "dir|org/name"),
        completion: .directory)
    var model: String?

    @Option(help: ArgumentHelp("Arithmetic: f32, bf16, int8 or auto.", valueName: "name"))
    var precision = Precision.auto

    @Option(
        help: ArgumentHelp("Threads that share the work. Default: one per core.", valueName: "n"))
    var threads: Int?

    mutating func validate() throws {
        guard precision == .f32 || precision == .auto else {
            throw ValidationError(
                "--precision \(precision.rawValue) is not available in this version, only f32 and auto are")
        }
        if let threads, !(1...Compute.maximumThreads).contains(threads) {
            throw ValidationError("--threads must be 1 to \(Compute.maximumThreads), found \(threads)")
        }
    }
}

extension ModelOptions {
    /// The folder that `--model` or the environment names.
    /// - Throws: ``CommandLineError`` when neither does; ``CheckpointError`` when there is no such folder.
    func folderPath() throws -> String {
        guard let name = model ?? SystemCalls.environment("SECUREBERT_MODEL") else {
            throw CommandLineError(
                .usage, "no model was named: neither --model nor the variable SECUREBERT_MODEL is set",
                hint: "--model DIR, or securebert pull org/name and then --model org/name")
        }
        return try HubCache().folder(for: name)
    }

    /// Opens the folder without reading the weights.
    func folder() throws -> ModelFolder { try ModelFolder(path: folderPath()) }

    /// Only the tokenizer; the folder needs nothing else.
    func tokenizer() throws -> Tokenizer {
        let path = try folderPath()
        // An old sentence-transformers folder has it in the folder of its Transformer module.
        let inner = path + "/0_Transformer"
        return try Tokenizer(
            folder: TokenizerFiles(folder: path).kind == nil && TokenizerFiles(folder: inner).kind != nil ? inner : path
        )
    }

    /// Loads the model.
    /// - Parameter head: nil for the one the configuration names.
    func load(_ messages: MessageOptions, head: ModelHead? = nil) throws -> PretrainedModel {
        let folder = try folder()
        if let notice = folder.card?.notice, Terminal.standardError.isTerminal { messages.note(notice) }
        return try PretrainedModel(folder: folder, head: head, compute: Compute(threads: threads))
    }
}

/// In which arithmetic a model computes.
enum Precision: String, CaseIterable, ExpressibleByArgument {
    case f32
    case bf16
    case int8
    /// The fastest that keeps the reference's numbers: f32.
    case auto
}
