import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor
import SecureBERTTraining

/// `securebert evaluate mlm`: the cloze test and the masked language model loss.
struct EvaluateMlmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlm",
        abstract: "Measure how well a model fills masks, with the SecureBERT papers' cloze test.",
        usage: "securebert evaluate mlm [<options>] --data <file.csv> ...",
        discussion: """
            --data takes CSV files with the columns "sentence", with <mask> once, and "answer". Of answers that are one \
            token, as the papers count, and of all answers, with a mask for each of their tokens, the share is given that \
            is among the n most probable tokens. An answer of several tokens is found when each of them is.

            --corpus takes texts (see tokenizer train --help) of which a share of the tokens is replaced by masks. The \
            same seed gives the same masks. Intervals hold 95 % of 1,000 samples of the sentences or texts.

            EXAMPLES
              securebert evaluate mlm --model DIR --data objects.csv verbs.csv
              securebert evaluate mlm --model A --model B --json --data objects.csv
              securebert evaluate mlm --model DIR --data verbs.csv --html report.html
              securebert evaluate mlm --model DIR --corpus valid.jsonl.zst --mask-rate 0.3
              securebert evaluate mlm --model DIR --data objects.csv \\
                --baseline unigram --baseline-corpus train.jsonl.zst
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Folder of a model, or the name of one that was pulled; may be repeated. Default: $SECUREBERT_MODEL, or securebert-mini.",
            valueName: "dir|org/name"),
        completion: .directory)
    var model: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Sentences with a missing word.", valueName: "file.csv"),
        completion: .file(extensions: ["csv"]))
    var data: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Texts to measure the loss on.", valueName: "path"),
        completion: .file())
    var corpus: [String] = []

    @Option(help: ArgumentHelp("Share of the tokens that are masked in the corpus.", valueName: "0...1"))
    var maskRate = 0.15

    @Option(help: ArgumentHelp("Tokens of a window of the corpus, special ones included.", valueName: "n"))
    var length = 512

    @Option(help: ArgumentHelp("Compare with a baseline: unigram predicts frequent tokens.", valueName: "name"))
    var baseline: BaselineName?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Texts to count the baseline's tokens in.", valueName: "path"), completion: .file())
    var baselineCorpus: [String] = []

    @Flag(help: "With --json, the rank of every token of every answer as well, from 0.")
    var ranks = false

    @OptionGroup var evaluation: EvaluationOptions

    enum BaselineName: String, CaseIterable, ExpressibleByArgument {
        case unigram
    }

    mutating func validate() throws {
        guard !data.isEmpty || !corpus.isEmpty else {
            throw ValidationError("nothing to measure: give --data, --corpus or both")
        }
        guard maskRate > 0, maskRate <= 1 else {
            throw ValidationError("--mask-rate must be above 0 and at most 1, found \(maskRate)")
        }
        guard length >= 3 else { throw ValidationError("--length must be at least 3, found \(length)") }
        guard (baseline == nil) == baselineCorpus.isEmpty else {
            throw ValidationError("--baseline and --baseline-corpus belong together")
        }
    }

    func run() throws {
        let sets = try data.map { try ClozeSet(path: $0) }
        var test: MaskedLossTest?
        if !corpus.isEmpty {
            var options = MaskedLossTest.Options()
            (options.maskRate, options.maximumTokens, options.seed) = (maskRate, length, evaluation.seed)
            test = MaskedLossTest(try TextFiles(paths: corpus), options)
        }
        let baselineReader = baseline == nil ? nil : try TextFiles(paths: baselineCorpus)
        var results: [MlmResult] = []
        for name in model.isEmpty ? [nil] : model.map({ $0 as String? }) {
            let model = try load(name)
            results.append(try measure(model, sets, test))
            if let baselineReader {
                results.append(try measureBaseline(model, sets, test, baselineReader))
            }
        }
        if let html = evaluation.html {
            let sections = results.map {
                EvaluationReport.Section($0.name, cloze: $0.cloze, seed: evaluation.seed)
            }
            let report = EvaluationReport(
                title: "Masked words", settings: [("seed of intervals", "\(evaluation.seed)")], sections: sections)
            try AtomicFile.write(Array(report.html.utf8), to: OutputPath.check(html))
        }
        try StandardOutput.scope { out in
            if evaluation.output.format == .text {
                try out.write(MlmTables(results, seed: evaluation.seed).markdown)
            } else {
                let settings: JSON = [
                    "maskRate": .number(maskRate), "length": .integer(length),
                    "seed": .integer(Int(clamping: evaluation.seed)),
                ]
                let models = results.map { $0.json(seed: evaluation.seed, includesRanks: ranks) }
                try out.writeLine(JSON.object(.init([("settings", settings), ("models", .array(models))])).text)
            }
        }
    }

    private func load(_ name: String?) throws -> MaskedModel {
        var options = ModelNameOption()
        options.model = name
        let folder = try options.folder()
        let model = try ModelNameOption.asBadModel {
            try PretrainedModel(
                folder: folder, head: .maskedLanguageModel, compute: Compute(threads: evaluation.compute.threads))
        }
        return try MaskedModel(model)
    }

    private func measure(_ model: MaskedModel, _ sets: [ClozeSet], _ test: MaskedLossTest?) throws -> MlmResult {
        let progress = ProgressBar(model.name.visible, unit: .masks, isEnabled: !evaluation.output.messages.quiet)
        defer { progress.finish() }
        var done = 0
        let cloze = try sets.map { set in
            let result = try ClozeTest(set).run(model) { progress.update(completed: done + $0) }
            done += set.items.count
            return result
        }
        let loss = try test?.run(model) { progress.update(completed: done + $0) }
        return MlmResult(name: model.name, isBaseline: false, cloze: cloze, loss: loss)
    }

    private func measureBaseline(
        _ model: MaskedModel, _ sets: [ClozeSet], _ test: MaskedLossTest?, _ reader: TextFiles
    ) throws -> MlmResult {
        let baseline = try UnigramBaseline(
            model.tokenizer, reader: reader, threads: evaluation.compute.threads ?? TextFiles.availableCores)
        return MlmResult(
            name: "unigram (\(model.name))", isBaseline: true, cloze: try sets.map { try ClozeTest($0).run(baseline) },
            loss: try test?.run(baseline, of: model))
    }
}
