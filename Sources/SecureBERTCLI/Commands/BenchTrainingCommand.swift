import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTraining

/// `securebert bench training`: how fast a model learns on this machine.
struct BenchTrainingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "Measure the speed and the memory of masked-LM training steps.",
        usage: "securebert bench training --config <file> [<options>]",
        discussion: """
            New weights for the configuration, random ids of which 30 % are to be predicted, and whole steps: forward, \
            backward, clipping and AdamW. Tokens per second are those of the best step after the first.

            EXAMPLES
              securebert bench training --config DIR/config.json --batch 8 --length 128
              securebert bench training --config config.json --batch 8 --length 512 \\
                --arithmetic f32 --recompute --json
            """)

    /// In which arithmetic matrices are multiplied.
    enum Arithmetic: String, CaseIterable, ExpressibleByArgument {
        case f32, bf16, auto
    }

    @Option(help: ArgumentHelp("A config.json.", valueName: "file"), completion: .file(extensions: ["json"]))
    var config: String

    @Option(help: ArgumentHelp("Sequences of a step.", valueName: "n"))
    var batch = 8

    @Option(help: ArgumentHelp("Tokens of each sequence.", valueName: "n"))
    var length = 128

    @Option(help: ArgumentHelp("Tokens computed at once at most; gradients are added up.", valueName: "n"))
    var tokensPerPart = 4096

    @Option(help: ArgumentHelp("Arithmetic: f32, bf16 or auto.", valueName: "name"))
    var arithmetic = Arithmetic.auto

    @Flag(help: "Compute the inner results of layers again instead of keeping them.")
    var recompute = false

    @Option(help: ArgumentHelp("Steps to measure, after one to warm up.", valueName: "n"))
    var steps = 3

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        for (name, value) in [
            ("--batch", batch), ("--length", length), ("--tokens-per-part", tokensPerPart), ("--steps", steps),
        ] where !(1...1_000_000).contains(value) {
            throw ValidationError("\(name) must be 1 to 1000000, found \(value)")
        }
    }

    func run() throws {
        let configuration = try ModelConfiguration(path: config)
        guard length <= configuration.maximumTokens else {
            throw CommandLineError(
                .usage,
                "\(config.visible): takes at most \(configuration.maximumTokens) tokens, --length asks for \(length)")
        }
        let compute = try Compute(threads: threads.threads)
        let workload = try TrainingWorkload(configuration, compute: compute)
        let elementType: ElementType =
            switch arithmetic {
            case .f32: .float32
            case .bf16: .bfloat16
            case .auto: Compute.multipliesBfloat16 ? .bfloat16 : .float32
            }
        var seconds: [Double] = []
        for _ in 0...steps {
            let start = ContinuousClock.now
            try workload.step(
                batch: batch, length: length, tokensPerPart: tokensPerPart, arithmetic: elementType,
                recomputing: recompute)
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        let best = seconds.dropFirst().min() ?? seconds[0]
        let speed = Double(batch * length) / best
        let result: JSON = [
            "config": .string(config), "parameters": .integer(workload.parameterCount), "batch": .integer(batch),
            "length": .integer(length), "precision": .string(elementType == .bfloat16 ? "bf16" : "f32"),
            "recompute": .bool(recompute), "threads": .integer(compute.threads),
            "isa": .string(Compute.instructionSet), "tokensPerSecond": .number(speed),
            "stepMilliseconds": .number(best * 1000), "peakResidentBytes": .integer(SystemCalls.peakResidentBytes),
        ]
        try StandardOutput.scope { out in
            guard output.format == .text else { return try out.writeLine(result.text) }
            var table = Table([.left, .right])
            table.add(["training", "\(Int(speed.rounded()).grouped) tokens/s"], style: .bold)
            table.add(["step", "\((best * 1000).fixed(0)) ms, \(batch) x \(length) tokens"])
            table.add(["parameters", workload.parameterCount.grouped])
            table.add(["arithmetic", elementType == .bfloat16 ? "bf16 products, f32 sums and weights" : "f32"])
            table.add(["peak memory", SystemCalls.peakResidentBytes.byteSize])
            for line in table.lines(output.messages.output) { try out.writeLine(line) }
        }
    }
}

/// A model with new weights that learns random tokens.
private final class TrainingWorkload {
    private let configuration: ModelConfiguration
    private let compute: Compute
    private let model: TransformerModel
    private let parameters: ParameterSet
    private let optimizer: AdamW
    private var random = SeededGenerator(seed: 1)

    var parameterCount: Int { parameters.parameters.reduce(0) { $0 + $1.value.shape.count } }

    init(_ configuration: ModelConfiguration, compute: Compute) throws {
        self.configuration = configuration
        self.compute = compute
        parameters = ParameterSet()
        model = try TransformerModel(
            configuration, weights: InitialWeights(configuration, head: .maskedLanguageModel, seed: 1),
            head: .maskedLanguageModel, parameters: parameters, compute: compute)
        optimizer = try AdamW(parameters.parameters, settings: AdamW.Settings(), compute: compute)
        Compute.keepForReuse(byteCount: 2 << 30)
    }

    func step(batch: Int, length: Int, tokensPerPart: Int, arithmetic: ElementType, recomputing: Bool) throws {
        guard case .maskedLanguageModel(let head) = model.head else { return }
        let size = Int32(clamping: configuration.shared.vocabularySize)
        let perPart = max(1, tokensPerPart / length)
        let hidden = max(1, length * 3 / 10)
        for first in stride(from: 0, to: batch, by: perPart) {
            let count = min(perPart, batch - first)
            let ids = (0..<count).map { _ in (0..<length).map { _ in Int32.random(in: 0..<size, using: &random) } }
            let rows = (0..<count).flatMap { row in (0..<hidden).map { Int32(row * length + $0 * length / hidden) } }
            let tape = GradientTape()
            let recording = compute.recording(on: tape, arithmetic: arithmetic, recomputing: recomputing)
            let states = try model.encoder(TokenBatch(ids), recording)
            let logits = try head(recording.gather(states, rows), recording)
            let loss = try recording.crossEntropy(
                logits, rows.map { _ in Int32.random(in: 0..<size, using: &random) },
                denominator: Double(batch * hidden))
            try tape.backward(from: loss, recording)
        }
        _ = optimizer.step(learningRate: 1e-4)
    }
}
