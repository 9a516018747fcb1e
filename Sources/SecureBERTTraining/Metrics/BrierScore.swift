/// The mean squared distance between probabilities and what came true (Brier 1950); smaller is better.
public enum BrierScore {
    /// Of two classes, 0...1.
    /// - Parameters:
    ///   - probabilities: of the positive class.
    ///   - isPositive: what each example is.
    public static func binary(probabilities: [Double], isPositive: [Bool]) -> Double {
        precondition(probabilities.count == isPositive.count, "probabilities are of different examples")
        return Ratio.mean(
            zip(probabilities, isPositive).map { probability, isPositive in
                let distance = probability - (isPositive ? 1 : 0)
                return distance * distance
            })
    }

    /// Of several classes: summed over the classes, as Brier did, so 0...2.
    /// - Parameters:
    ///   - probabilities: for each example those of all classes.
    ///   - references: its right class.
    public static func multiclass(probabilities: [[Double]], references: [Int]) -> Double {
        precondition(probabilities.count == references.count, "probabilities are of different examples")
        return Ratio.mean(
            zip(probabilities, references).map { row, reference in
                row.enumerated().reduce(0) { sum, element in
                    let distance = element.element - (element.offset == reference ? 1 : 0)
                    return sum + distance * distance
                }
            })
    }

    /// Of several labels: the mean over all decisions, an example and a label each.
    /// - Parameters:
    ///   - probabilities: for each example those of all labels.
    ///   - references: the indices of its labels.
    public static func multiLabel(probabilities: [[Double]], references: [[Int]]) -> Double {
        let isPositive = zip(probabilities, references).flatMap { row, labels in row.indices.map(labels.contains) }
        return binary(probabilities: Array(probabilities.joined()), isPositive: isPositive)
    }
}
