import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTSearch
import SecureBERTTensor

/// `search` with an index.
struct IndexSearch {
    let options: IndexSearchOptions
    let model: ModelOptions
    let output: OutputOptions

    func run(_ query: SearchQuery) throws {
        let compute = try Compute(threads: model.compute.threads)
        // Opened before the model: a missing index is told at once.
        let store = try options.location.location().openToRead(compute: compute)
        let reranker = try options.reranker(compute)
        let encoder =
            query.mode == .bm25
            ? nil : try SearchEncoder(model.load(output.messages, head: ModelHead.none, default: .embed))
        let results = try SearchIndex(store, encoder: encoder, reranker: reranker).search(query)
        try StandardOutput.scope { out in
            switch output.format {
            case .json: try out.writeLine(results.json.text)
            case .jsonLines: for result in results.results { try out.writeLine(result.json(query.level).text) }
            case .text:
                if results.results.isEmpty { output.messages.note("nothing was found") }
                for (rank, result) in results.results.enumerated() {
                    try out.writeLine((rank == 0 ? "" : "\n") + block(result, query.level))
                }
            }
        }
    }

    private func block(_ result: SearchResults.Result, _ level: SearchLevel) -> String {
        let terminal = output.messages.output
        let document = result.document
        var place = (document.source.isEmpty || document.kind == "record" ? document.id : document.source).visible
        if level == .passage, document.kind != "record", let passage = result.passages.first {
            place += ":\(passage.passage.lines.lowerBound)"
        }
        var head =
            terminal.styled(result.score.fixed(result.score < 1 ? 4 : 2), .bold) + "   " + terminal.styled(place, .cyan)
        if !document.title.isEmpty { head += "  " + document.title.visible.shortened(to: 80) }
        let texts = result.passages.map { found in
            let text = found.passage.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").visible
            let line = level == .document && document.kind != "record" ? "\(found.passage.lines.lowerBound): " : ""
            return (line + text).wrapped(to: max(40, min(terminal.columns, 100) - 8), lines: level == .document ? 2 : 4)
        }
        return ([head] + texts.joined().map { "        \($0)" }).joined(separator: "\n")
    }
}
