import SecureBERTJSON
import SecureBERTTraining

/// What `evaluate mlm` found out about one model or baseline.
struct MlmResult {
    let name: String
    let isBaseline: Bool
    let cloze: [ClozeResult]
    let loss: MaskedLoss?

    func json(seed: UInt64, includesRanks: Bool) -> JSON {
        var members: [JSON.Object.Member] = [
            ("model", .string(name)), ("baseline", .bool(isBaseline)),
            (
                "files",
                .array(
                    cloze.map { result in
                        let ranks = result.ranks.map { JSON.array($0.map(JSON.integer)) }
                        let members: JSON = [
                            "name": .string(result.name), "file": .string(result.file),
                            "sentences": .integer(result.ranks.count), "shortened": .integer(result.shortened),
                            "singleToken": Self.json(result.singleTokenScore(seed: seed)),
                            "all": Self.json(result.score(seed: seed)),
                        ]
                        guard includesRanks, var object = members.objectValue else { return members }
                        object.members.append(("ranks", .array(ranks)))
                        return .object(object)
                    })
            ),
        ]
        if let loss {
            let groups = loss.groups.map { ($0, Self.json(loss.score(group: $0))) }
            members.append(("corpus", ["total": Self.json(loss.score()), "groups": .object(.init(groups))]))
        }
        return .object(.init(members))
    }

    private static func json(_ score: ClozeResult.Score) -> JSON {
        let accuracy = score.accuracies.map { ("\($0.depth)", JSON.number($0.value)) }
        let intervals = score.accuracies.map { ("\($0.depth)", json($0.interval)) }
        return [
            "answers": .integer(score.count), "accuracy": .object(.init(accuracy)),
            "interval95": .object(.init(intervals)), "meanReciprocalRank": .number(score.meanReciprocalRank),
        ]
    }

    private static func json(_ score: MaskedLoss.Score) -> JSON {
        [
            "documents": .integer(score.documents), "maskedTokens": .integer(score.maskedTokens),
            "loss": .number(score.loss), "interval95": json(score.interval), "perplexity": .number(score.perplexity),
            "accuracy": .number(score.accuracy), "bitsPerByte": .number(score.bitsPerByte),
        ]
    }

    private static func json(_ range: ClosedRange<Double>) -> JSON {
        .array([.number(range.lowerBound), .number(range.upperBound)])
    }
}
