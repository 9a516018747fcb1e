import SecureBERTTraining

/// The results of `evaluate mlm` as Markdown tables, a row for each model.
struct MlmTables {
    private let results: [MlmResult]
    private let seed: UInt64

    init(_ results: [MlmResult], seed: UInt64) {
        self.results = results
        self.seed = seed
    }

    /// Tables with headings, ending in a line end.
    var markdown: String {
        guard let first = results.first else { return "" }
        var parts: [String] = []
        for index in first.cloze.indices {
            let name = first.cloze[index].name.visible
            parts.append(
                cloze(
                    "\(name): answers of one token", results.map { ($0, $0.cloze[index].singleTokenScore(seed: seed)) })
            )
            parts.append(cloze("\(name): all answers", results.map { ($0, $0.cloze[index].score(seed: seed)) }))
        }
        for group in [nil] + (first.loss?.groups ?? []).map({ $0 as String? }) {
            let scores = results.compactMap { result in result.loss.map { (result, $0.score(group: group)) } }
            if !scores.isEmpty { parts.append(loss("masked tokens of \(group?.visible ?? "the corpus")", scores)) }
        }
        return parts.joined(separator: "\n")
    }

    private func cloze(_ title: String, _ scores: [(result: MlmResult, score: ClozeResult.Score)]) -> String {
        let heads = ["model", "answers"] + ClozeResult.depths.map { "top \($0)" }
        return table(
            title, heads,
            scores.map { result, score in
                [result.name.visible, score.count.grouped]
                    + score.accuracies.map { Self.percent($0.value, $0.interval) }
            })
    }

    private func loss(_ title: String, _ scores: [(result: MlmResult, score: MaskedLoss.Score)]) -> String {
        table(
            title, ["model", "texts", "masked", "loss", "perplexity", "top 1", "bits/byte"],
            scores.map { result, score in
                [
                    result.name.visible, score.documents.grouped, score.maskedTokens.grouped,
                    "\(score.loss.fixed(4)) (\(score.interval.lowerBound.fixed(3))-\(score.interval.upperBound.fixed(3)))",
                    score.perplexity.fixed(2), "\((score.accuracy * 100).fixed(1)) %", score.bitsPerByte.fixed(4),
                ]
            })
    }

    private static func percent(_ value: Double, _ interval: ClosedRange<Double>) -> String {
        "\((value * 100).fixed(1)) % (\((interval.lowerBound * 100).fixed(1))-\((interval.upperBound * 100).fixed(1)))"
    }

    private func table(_ title: String, _ heads: [String], _ rows: [[String]]) -> String {
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].displayWidth }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            "| "
                + zip(cells, widths).enumerated().map { column, cell in
                    let spaces = String(repeating: " ", count: cell.1 - cell.0.displayWidth)
                    return column == 0 ? cell.0 + spaces : spaces + cell.0
                }.joined(separator: " | ") + " |\n"
        }
        let rule = widths.enumerated().map {
            $0 == 0 ? String(repeating: "-", count: $1) : String(repeating: "-", count: $1 - 1) + ":"
        }
        return "### \(title)\n\n" + line(heads) + line(rule) + rows.map(line).joined()
    }
}
