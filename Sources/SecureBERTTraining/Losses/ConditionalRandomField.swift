import SecureBERTTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A linear-chain conditional random field over the labels of a sequence (Lafferty et al. 2001): scores of labels plus scores of
/// transitions between neighbours.
///
/// A path's score is `start[y0] + sum emission[t][yt] + sum transition[y(t-1)][yt] + end[yn]`; all in double precision.
package struct ConditionalRandomField {
    let labels: Int
    /// `[labels, labels]`, from row to column.
    let transitions: [Float]
    /// `[labels]`
    let start: [Float]
    let end: [Float]

    package init(labels: Int, transitions: [Float], start: [Float], end: [Float]) {
        self.labels = labels
        self.transitions = transitions
        self.start = start
        self.end = end
    }

    /// The negative log likelihood of a path, divided by `denominator`.
    /// - Parameters:
    ///   - emissions: `[tokens, labels]`, row by row.
    ///   - path: The label of each token.
    /// - Returns: Gradients with respect to emissions, transitions, start and end.
    package func loss(_ emissions: [Float], path: [Int], denominator: Double) -> LossValue {
        let count = path.count
        guard count > 0 else { return LossValue(0, gradients: [[], [], [], []]) }
        let forward = forwardScores(emissions, count)
        let backward = backwardScores(emissions, count)
        let total = Self.logSum((0..<labels).map { forward[(count - 1) * labels + $0] + Double(end[$0]) })

        var emissionGradient = [Float](repeating: 0, count: emissions.count)
        var transitionGradient = [Double](repeating: 0, count: labels * labels)
        var startGradient = [Double](repeating: 0, count: labels)
        var endGradient = startGradient
        for time in 0..<count {
            for label in 0..<labels {
                let index = time * labels + label
                let marginal = exp(forward[index] + backward[index] - total)
                let surplus = (marginal - (path[time] == label ? 1 : 0)) / denominator
                emissionGradient[index] = Float(surplus)
                if time == 0 { startGradient[label] = surplus }
                if time == count - 1 { endGradient[label] = surplus }
            }
        }
        for time in 1..<max(count, 1) {
            for from in 0..<labels {
                let before = forward[(time - 1) * labels + from] - total
                for to in 0..<labels {
                    let index = time * labels + to
                    let pair = from * labels + to
                    let marginal = exp(
                        before + Double(transitions[pair]) + Double(emissions[index]) + backward[index])
                    let isTaken = path[time - 1] == from && path[time] == to
                    transitionGradient[pair] += (marginal - (isTaken ? 1 : 0)) / denominator
                }
            }
        }
        return LossValue(
            (total - score(of: path, emissions)) / denominator,
            gradients: [
                emissionGradient, transitionGradient.map(Float.init), startGradient.map(Float.init),
                endGradient.map(Float.init),
            ])
    }

    private func score(of path: [Int], _ emissions: [Float]) -> Double {
        var score = Double(start[path[0]]) + Double(end[path[path.count - 1]])
        for (time, label) in path.enumerated() {
            score += Double(emissions[time * labels + label])
            if time > 0 { score += Double(transitions[path[time - 1] * labels + label]) }
        }
        return score
    }

    /// The log of the summed scores of all paths that end at a token in a label.
    private func forwardScores(_ emissions: [Float], _ count: Int) -> [Double] {
        var scores = (0..<labels).map { Double(start[$0]) + Double(emissions[$0]) }
        for time in 1..<max(count, 1) {
            let before = scores[(time - 1) * labels..<time * labels]
            for to in 0..<labels {
                let sum = Self.logSum(
                    before.enumerated().map { $0.element + Double(transitions[$0.offset * labels + to]) })
                scores.append(sum + Double(emissions[time * labels + to]))
            }
        }
        return scores
    }

    /// The log of the summed scores of what can follow a token in a label.
    private func backwardScores(_ emissions: [Float], _ count: Int) -> [Double] {
        var scores = [Double](repeating: 0, count: count * labels)
        for label in 0..<labels { scores[(count - 1) * labels + label] = Double(end[label]) }
        for time in stride(from: count - 2, through: 0, by: -1) {
            for from in 0..<labels {
                scores[time * labels + from] = Self.logSum(
                    (0..<labels).map { to in
                        let index = (time + 1) * labels + to
                        return Double(transitions[from * labels + to]) + Double(emissions[index]) + scores[index]
                    })
            }
        }
        return scores
    }

    private static func logSum(_ values: [Double]) -> Double {
        guard let largest = values.max(), largest > -.infinity else { return -.infinity }
        return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
    }
}
