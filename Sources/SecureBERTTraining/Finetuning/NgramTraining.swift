import SecureBERT

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Logistic regression over n-grams of tokens, to stand beside an encoder as `NgramWeights`.
///
/// Minimizes the mean loss plus |W|^2 / (2 strength n), which is scikit-learn's LogisticRegression with C = strength: softmax over
/// labels that exclude each other, otherwise a sigmoid for each. Accelerated gradient descent (Nesterov 1983) with restarts
/// (O'Donoghue and Candès 2015, arXiv 1204.3982); rows have length 1, so the gradient's Lipschitz constant is known.
public struct NgramTraining {
    /// What is learned from.
    public struct Settings: Sendable {
        /// The longest runs of tokens.
        public var order: Int
        /// The number of buckets, as a power of two.
        public var bits: Int
        /// The inverse of the regularization.
        public var strength: Double

        public init(order: Int = 3, bits: Int = 18, strength: Double = 30) {
            (self.order, self.bits, self.strength) = (order, bits, strength)
        }
    }

    private let features: NgramFeatures
    private let rows: [[(bucket: Int, value: Float)]]
    private let references: [[Int]]
    private let labelCount: Int
    private let isMultiLabel: Bool
    private let decay: Float

    /// - Parameters:
    ///   - settings: How.
    ///   - texts: Token ids; at least one text.
    ///   - references: For each text the numbers of its labels.
    ///   - labelCount: How many labels there are.
    ///   - isMultiLabel: Whether a text can have any number of them.
    public init(
        _ settings: Settings, texts: [[Int32]], references: [[Int]], labelCount: Int, isMultiLabel: Bool
    ) {
        let features = NgramFeatures(order: settings.order, bits: settings.bits, texts: texts)
        self.features = features
        rows = texts.map(features.callAsFunction)
        (self.references, self.labelCount, self.isMultiLabel) = (references, labelCount, isMultiLabel)
        decay = Float(1 / (settings.strength * Double(max(texts.count, 1))))
    }

    /// Learns.
    /// - Parameters:
    ///   - maximumSteps: When to stop at the latest.
    ///   - tolerance: How small the gradient must be, compared to the first, to stop before.
    ///   - report: Told of each step, and of the gradient's length compared to the first.
    public func callAsFunction(
        maximumSteps: Int = 1000, tolerance: Float = 1e-3,
        report: (_ step: Int, _ gradient: Float) -> Void = { _, _ in }
    ) -> NgramWeights {
        // The second derivative of a softmax is at most 1/2, of a sigmoid 1/4; a row with its bias has a squared length of 2.
        let step = 1 / ((isMultiLabel ? 0.25 : 0.5) * 2 + decay)
        let biasStart = features.buckets * labelCount
        var weights = [Float](repeating: 0, count: biasStart + labelCount)
        var (previous, ahead, gradient) = (weights, weights, weights)
        var momentum: Float = 1
        var firstNorm: Float = 0
        for number in 0..<maximumSteps {
            self.gradient(at: ahead, into: &gradient)
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            if number == 0 { firstNorm = norm }
            report(number, firstNorm > 0 ? norm / firstNorm : 0)
            guard norm > tolerance * firstNorm else { break }
            swap(&previous, &weights)
            var alignment: Float = 0
            for index in weights.indices {
                weights[index] = ahead[index] - step * gradient[index]
                alignment += gradient[index] * (weights[index] - previous[index])
            }
            // Uphill: forget the momentum.
            let next = alignment > 0 ? 1 : (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
            let push = alignment > 0 ? 0 : (momentum - 1) / next
            for index in weights.indices { ahead[index] = weights[index] + push * (weights[index] - previous[index]) }
            momentum = next
        }
        return NgramWeights(
            features: features, weights: Array(weights[..<biasStart]), bias: Array(weights[biasStart...]))
    }

    /// The gradient at [buckets, labels] weights followed by [labels] biases.
    private func gradient(at point: [Float], into gradient: inout [Float]) {
        let biasStart = features.buckets * labelCount
        for index in 0..<biasStart { gradient[index] = decay * point[index] }
        for label in 0..<labelCount { gradient[biasStart + label] = 0 }
        var errors = [Float](repeating: 0, count: labelCount)
        let share = 1 / Float(max(rows.count, 1))
        point.withUnsafeBufferPointer { point in
            gradient.withUnsafeMutableBufferPointer { gradient in
                for (row, labels) in zip(rows, references) {
                    for label in 0..<labelCount { errors[label] = point[biasStart + label] }
                    for (bucket, value) in row {
                        for label in 0..<labelCount { errors[label] += value * point[bucket * labelCount + label] }
                    }
                    probabilities(&errors)
                    for label in labels { errors[label] -= 1 }
                    for label in 0..<labelCount {
                        errors[label] *= share
                        gradient[biasStart + label] += errors[label]
                    }
                    for (bucket, value) in row {
                        for label in 0..<labelCount { gradient[bucket * labelCount + label] += value * errors[label] }
                    }
                }
            }
        }
    }

    private func probabilities(_ logits: inout [Float]) {
        if isMultiLabel {
            for label in logits.indices { logits[label] = 1 / (1 + exp(-logits[label])) }
            return
        }
        let largest = logits.max() ?? 0
        var sum: Float = 0
        for label in logits.indices {
            logits[label] = exp(logits[label] - largest)
            sum += logits[label]
        }
        for label in logits.indices { logits[label] /= sum }
    }
}

/// How much n-grams count beside an encoder: what is best on texts that neither has learned from.
public struct NgramScale {
    /// What was measured with a scale.
    public struct Trial: Sendable {
        public let scale: Double
        public let value: Double
    }

    /// All that was tried, smallest scale first; 0 is the encoder alone.
    public let trials: [Trial]

    /// The smallest scale with the largest value.
    public var best: Trial { trials.dropFirst().reduce(trials[0]) { $1.value > $0.value ? $1 : $0 } }

    /// - Parameters:
    ///   - criterion: What is measured.
    ///   - outputs: What the encoder says.
    ///   - added: What n-grams say, unscaled.
    ///   - references: For each text the numbers of its labels.
    ///   - negativeLabel: The label that all others are measured against, together; nil to measure each.
    public init(
        _ criterion: SequenceClassificationRecipe.Criterion, _ outputs: ClassifierOutputs, added: [[Float]],
        references: [[Int]], negativeLabel: Int?
    ) {
        trials = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5].map { scale in
            let logits = zip(outputs.logits, added).map { row, more in
                zip(row, more).map { $0 + scale * Double($1) }
            }
            let measures =
                if let negativeLabel {
                    ClassificationMeasures(
                        logits: logits, references: references, labels: outputs.labels, against: negativeLabel)
                } else {
                    ClassificationMeasures(
                        logits: logits, references: references, labels: outputs.labels,
                        isMultiLabel: outputs.isMultiLabel)
                }
            return Trial(scale: scale, value: measures.value(criterion))
        }
    }
}
