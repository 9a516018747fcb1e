import ArgumentParser
import SecureBERT
import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTJSON
import SecureBERTTraining

/// `securebert evaluate compliance`: how well texts are mapped to controls.
struct EvaluateComplianceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compliance",
        abstract: "Measure how well texts are mapped to controls, by NIST's own mappings or labelled settings.",
        usage: "securebert evaluate compliance [--split <name> | --settings <file>] [<options>]",
        discussion: """
            Queries are the outcomes of the CSF with and without their examples, and each example alone, to be mapped to the controls of \
            800-53 behind them; statements of controls, to be mapped to outcomes; and outcomes to ATT&CK techniques through controls. \
            Every second category of the CSF and family of 800-53 is valid, the others are test. What outcomes of the query's own \
            category say of controls does not count as evidence for it, so nothing is looked up in the mapping that it is measured by. \
            The mappings are those of the knowledge files. With --settings the queries are settings of configuration files, JSON lines \
            {"text", "file", "controls"}, to be mapped to 800-53. Intervals hold 95 % of 1,000 samples of the queries.

            EXAMPLES
              securebert evaluate compliance --split valid
              securebert evaluate compliance --reranker DIR --html report.html
              securebert evaluate compliance --unrelated reports/ --json
              securebert evaluate compliance --settings settings.jsonl
            """)

    @Option(help: ArgumentHelp("valid or test.", valueName: "name"))
    var split = MappingQueries.Split.test

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Texts about other things than controls: how many of their paragraphs are given one. Of folders every second file is valid.",
            valueName: "path"),
        completion: .file())
    var unrelated: [String] = []

    @Option(
        help: ArgumentHelp("Settings with their controls, which are measured alone.", valueName: "file.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var settings: String?

    @Option(
        help: ArgumentHelp("A cross-encoder that reads the first controls again.", valueName: "dir|org/name"),
        completion: .directory)
    var reranker: String?

    @Option(
        help: ArgumentHelp(
            "Also write the first 20 controls of each query with their evidence, for Scripts/intel/fit_control_mapping.py.",
            valueName: "file.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var scores: String?

    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var evaluation: EvaluationOptions

    func validate() throws {
        if settings != nil, !unrelated.isEmpty || reranker != nil {
            throw ValidationError("--settings is measured alone, without --unrelated or --reranker")
        }
    }

    func run() throws {
        let loaded = try ControlMappers(knowledge, reranker: reranker, evaluation.compute, evaluation.output.messages)
        var test = MappingEvaluation(loaded, seed: evaluation.seed, isReranked: reranker != nil)
        if let settings {
            try test.add(SettingQueries(path: settings, loaded.mapper(.nist80053).catalog))
        } else {
            for queries in try MappingQueries.all(loaded, split) {
                let progress = evaluation.progress(queries.name, .examples)
                defer { progress.finish() }
                try test.add(queries) { progress.update(completed: $0, total: $1) }
            }
            try test.addTechniques(MappingQueries.outcomes(loaded, split))
            if !unrelated.isEmpty { try test.addUnrelated(passages(loaded)) }
        }
        if let scores { try AtomicFile.write(Array(test.scores.utf8), to: OutputPath.check(scores)) }
        try evaluation.print(
            EvaluationReport(
                title: "Compliance mapping",
                settings: (settings == nil ? [("split", split.rawValue)] : [])
                    + [("seed of intervals", "\(evaluation.seed)")]
                    + (reranker.map { [("cross-encoder", $0)] } ?? []), sections: test.sections))
    }

    /// Passages of texts that are not about controls.
    private func passages(_ loaded: ControlMappers) throws -> [String] {
        let files = try FileWalk.files(unrelated, endings: ReadableText.extensions)
        var passages: [String] = []
        for (index, file) in files.enumerated() where index.isMultiple(of: 2) == (split == .valid) {
            let text = try ReadableText(path: file)
            passages += PolicyAnalyzer.queries(of: .init(text.text, name: file))
        }
        return passages
    }
}
