#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Probabilities from logits that are divided by a temperature first (Guo et al. 2017). The order of the scores, and so the
/// decisions of a softmax, stay as they are.
///
/// The temperature is the one with the smallest negative log likelihood on a validation split. In the inverse temperature that is
/// a convex function, so its minimum is where the derivative changes its sign; Newton's steps find it, bisection takes
/// over where they leave the bracket.
public struct TemperatureScaling: Sendable, Equatable {
    /// What logits are divided by.
    public let temperature: Double

    /// The temperatures looked at. An end of the range is the answer when the likelihood grows up to there, as it does where
    /// every example is right (low end) or the logits say nothing (high end).
    public static let range = 0.01...100.0

    /// Scaling by a known temperature.
    public init(temperature: Double) { self.temperature = temperature }

    /// Fits the temperature of a softmax.
    /// - Parameters:
    ///   - logits: for each example those of all classes.
    ///   - references: its right class.
    public init(softmax logits: [[Double]], references: [Int]) {
        precondition(logits.count == references.count, "logits are of different examples")
        temperature = Self.minimum { inverse in
            var (slope, curvature) = (0.0, 0.0)
            for (row, reference) in zip(logits, references) {
                let probabilities = Self.softmax(row, inverse: inverse)
                var (mean, square) = (0.0, 0.0)
                for (probability, logit) in zip(probabilities, row) {
                    mean += probability * logit
                    square += probability * logit * logit
                }
                slope += mean - row[reference]
                curvature += square - mean * mean
            }
            return (slope, curvature)
        }
    }

    /// Fits the temperature of a sigmoid for each label.
    /// - Parameters:
    ///   - logits: for each example those of all labels.
    ///   - references: the indices of its labels.
    public init(sigmoid logits: [[Double]], references: [[Int]]) {
        precondition(logits.count == references.count, "logits are of different examples")
        let decisions = zip(logits, references).flatMap { row, labels in
            row.enumerated().map { (logit: $0.element, isPositive: labels.contains($0.offset)) }
        }
        temperature = Self.minimum { inverse in
            var (slope, curvature) = (0.0, 0.0)
            for (logit, isPositive) in decisions {
                let probability = Self.sigmoid(logit * inverse)
                slope += (probability - (isPositive ? 1 : 0)) * logit
                curvature += probability * (1 - probability) * logit * logit
            }
            return (slope, curvature)
        }
    }

    /// The probabilities of a softmax over the scaled logits.
    public func softmax(_ logits: [Double]) -> [Double] { Self.softmax(logits, inverse: 1 / temperature) }

    /// The probability of a sigmoid of the scaled logit.
    public func sigmoid(_ logit: Double) -> Double { Self.sigmoid(logit / temperature) }

    private static func softmax(_ logits: [Double], inverse: Double) -> [Double] {
        let largest = logits.max() ?? 0
        let powers = logits.map { exp(($0 - largest) * inverse) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    private static func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    /// The temperature at which a slope, which never falls with the inverse temperature, is zero.
    private static func minimum(_ derivatives: (Double) -> (slope: Double, curvature: Double)) -> Double {
        var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
        if derivatives(low).slope >= 0 { return range.upperBound }
        if derivatives(high).slope <= 0 { return range.lowerBound }
        var inverse = 1.0
        for _ in 0..<200 {
            let (slope, curvature) = derivatives(inverse)
            if slope < 0 { low = inverse } else { high = inverse }
            var next = inverse - slope / curvature
            if !(next > low && next < high) { next = low + (high - low) / 2 }
            let step = abs(next - inverse)
            inverse = next
            if step <= 1e-15 * inverse { break }
        }
        return 1 / inverse
    }
}

/// The mean of -log p(what is), in nats.
public enum NegativeLogLikelihood {
    /// Of a softmax over logits.
    /// - Parameters:
    ///   - logits: for each example those of all classes, already divided by a temperature or not.
    ///   - references: its right class.
    public static func softmax(logits: [[Double]], references: [Int]) -> Double {
        Ratio.mean(
            zip(logits, references).map { row, reference in
                let largest = row.max() ?? 0
                return largest + log(row.reduce(0) { $0 + exp($1 - largest) }) - row[reference]
            })
    }

    /// Of a sigmoid for each label, over all decisions.
    /// - Parameters:
    ///   - logits: for each example those of all labels.
    ///   - references: the indices of its labels.
    public static func sigmoid(logits: [[Double]], references: [[Int]]) -> Double {
        Ratio.mean(
            zip(logits, references).flatMap { row, labels in
                row.enumerated().map { label, logit in
                    let signed = labels.contains(label) ? logit : -logit
                    return max(-signed, 0) + log1p(exp(-abs(signed)))
                }
            })
    }
}
