import ArgumentParser
import SecureBERTTensor

/// Which model: the option of every subcommand that needs one.
struct ModelNameOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            Folder of a model, or the name of one that was pulled. Default: $SECUREBERT_MODEL, or the securebert-mini \
            of the task.
            """,
            valueName: "dir|org/name"),
        completion: .directory)
    var model: String?
}

/// How a model computes.
struct ComputeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Arithmetic: f32, or auto, which is f32 in this version; bf16 and int8 are refused.", valueName: "name"))
    var precision = Precision.auto

    @Option(help: ArgumentHelp("Threads that share the work. Default: one per core.", valueName: "n"))
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

/// The options of every subcommand that runs a model.
struct ModelOptions: ParsableArguments {
    @OptionGroup var name: ModelNameOption
    @OptionGroup var compute: ComputeOptions
}

/// In which arithmetic a model computes.
enum Precision: String, CaseIterable, ExpressibleByArgument {
    case f32
    case bf16
    case int8
    /// The fastest that keeps the reference's numbers: f32.
    case auto
}
