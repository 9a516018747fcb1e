import ArgumentParser
import SecureBERT
import SecureBERTTensor

/// How texts become vectors.
struct EmbeddingOptions: ParsableArguments {
    enum PoolingName: String, CaseIterable, ExpressibleByArgument {
        case cls
        case mean
        case max
        case weighted

        var pooling: Pooling {
            switch self {
            case .cls: .cls
            case .mean: .mean
            case .max: .max
            case .weighted: .weightedMean
            }
        }
    }

    @Option(help: ArgumentHelp("How tokens become one vector. Default: as the model's folder says.", valueName: "way"))
    var pooling: PoolingName?

    @Flag(inversion: .prefixedNo, help: "Give vectors the length 1. Default: as the model's folder says.")
    var normalize: Bool?

    @Option(
        help: ArgumentHelp("Keep the first n elements, for models that were trained to be cut.", valueName: "n"))
    var dimensions: Int?

    @Flag(help: "Read only what fits the model; otherwise longer texts are read in windows that are pooled.")
    var truncate = false

    mutating func validate() throws {
        if let dimensions, dimensions < 1 {
            throw ValidationError("--dimensions must be at least 1, found \(dimensions)")
        }
    }

    func options(prompt: SentenceEncoder.Prompt = .standard) -> SentenceEncoder.Options {
        var options = SentenceEncoder.Options()
        options.pooling = pooling?.pooling
        options.normalize = normalize
        options.dimensions = dimensions
        options.truncate = truncate
        options.prompt = prompt
        return options
    }
}
