import ArgumentParser
import SecureBERTTensor
import SecureBERTTraining

/// `securebert convert`: a model's weights in another element type or file format.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model as one safetensors file, in float32, float16 or bfloat16.",
        usage: "securebert convert [--model <dir>] --type <name> --output <dir>",
        discussion: """
            Half the size costs little: numbers keep 8 bits of their fraction in bfloat16 and 11 in float16, whose range is \
            smaller. Also turns pytorch_model.bin, which is read without executing anything, into safetensors. All other \
            files stay as they are.

            EXAMPLES
              securebert convert --model runs/mini/best --type bfloat16 --output securebert-mini
              securebert convert --model old-pickle --type float32 --output new
            """)

    @OptionGroup var model: ModelNameOption

    @Option(help: ArgumentHelp("Element type of the weights.", valueName: "name"))
    var type = FloatType.bfloat16

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Folder to write, which must not exist yet.", valueName: "dir"),
        completion: .directory)
    var output: String

    @OptionGroup var messages: MessageOptions

    enum FloatType: String, CaseIterable, ExpressibleByArgument {
        case float32, float16, bfloat16

        var elementType: ElementType {
            switch self {
            case .float32: .float32
            case .float16: .float16
            case .bfloat16: .bfloat16
            }
        }
    }

    func run() throws {
        try AtomicFolder.checkFree(output)
        let conversion = ModelConversion(try model.folder(), to: type.elementType)
        try AtomicFolder.write(output) { try conversion.write(to: $0, Compute()) }
        messages.note("wrote \(output)")
    }
}
