/// Scores from the highest to the lowest, with how many examples lie at or above each: what both curves are made of.
struct ScoreLadder {
    struct Step {
        /// The score; equal scores are one step.
        let threshold: Double
        /// Positive examples with at least this score.
        let truePositives: Int
        /// Negative examples with at least this score.
        let falsePositives: Int
    }

    let steps: [Step]
    var positives: Int { steps.last?.truePositives ?? 0 }
    var negatives: Int { steps.last?.falsePositives ?? 0 }

    init(isPositive: [Bool], scores: [Double]) {
        precondition(isPositive.count == scores.count, "labels and scores are of different examples")
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var steps: [Step] = []
        var (truePositives, falsePositives) = (0, 0)
        for (place, index) in order.enumerated() {
            if isPositive[index] { truePositives += 1 } else { falsePositives += 1 }
            let isLast = place + 1 == order.count || scores[order[place + 1]] != scores[index]
            guard isLast else { continue }
            steps.append(
                Step(threshold: scores[index], truePositives: truePositives, falsePositives: falsePositives))
        }
        self.steps = steps
    }
}
