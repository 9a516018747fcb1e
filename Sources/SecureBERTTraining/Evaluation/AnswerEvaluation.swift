import SecureBERT

/// How well a model answers questions from their contexts.
public struct AnswerEvaluation {
    private let examples: [AnswerExample]
    private let scores: [AnswerScore]
    private let source: String

    /// Runs a model over questions.
    /// - Parameters:
    ///   - answerer: The model.
    ///   - examples: The questions, with their answers.
    ///   - source: What the questions are called.
    ///   - progress: Told how many questions are done.
    public init(
        _ answerer: QuestionAnswerer, _ examples: [AnswerExample], source: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        self.examples = examples
        self.source = source
        var scores: [AnswerScore] = []
        for example in examples {
            let result = try answerer(example.question, context: example.context)
            let answer = result.isImpossible ? "" : result.answers.first?.text ?? ""
            scores.append(AnswerScore(answer, references: example.answers.map(\.text)))
            progress(scores.count, examples.count)
        }
        self.scores = scores
    }

    /// The figures: all questions, those with an answer, those without.
    /// - Parameters:
    ///   - title: What the section is called.
    ///   - seed: Of the intervals, which resample questions.
    public func section(_ title: String, seed: UInt64) -> EvaluationReport.Section {
        var section = EvaluationReport.Section(title)
        section.notes = ["\(examples.count) questions of \(source); as SQuAD's script measures."]
        let isAnswerable = examples.map { !$0.answers.isEmpty }
        section.figures = EvaluationReport.Figure.resampled(
            ["F1", "exact match", "F1, answerable", "F1, unanswerable"], count: scores.count, seed: seed
        ) { sample in
            func mean(_ part: [Int]) -> Double? { part.isEmpty ? nil : Ratio.mean(part.map { scores[$0].f1 }) }
            return [
                mean(sample), Ratio.mean(sample.map { scores[$0].exactMatch }),
                mean(sample.filter { isAnswerable[$0] }),
                mean(sample.filter { !isAnswerable[$0] }),
            ]
        }
        return section
    }
}
