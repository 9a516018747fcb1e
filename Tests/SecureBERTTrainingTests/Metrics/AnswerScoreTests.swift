import SecureBERTTraining
import Testing

/// Values by hand from the rules of SQuAD's evaluation script.
@Suite struct AnswerScoreTests {
    @Test(
        arguments: [
            ("The worm!", ["worm"], 1, 1), ("a worm ran", ["worm"], 0, 2.0 / 3), ("", [], 1, 1), ("worm", [], 0, 0),
            ("", ["worm"], 0, 0), ("mail", ["worm", "mail"], 1, 1), ("worm worm", ["worm"], 0, 2.0 / 3),
        ] as [(String, [String], Double, Double)])
    func scores(answer: String, references: [String], exactMatch: Double, f1: Double) {
        let score = AnswerScore(answer, references: references)
        #expect(score.exactMatch == exactMatch)
        #expect(abs(score.f1 - f1) < 1e-12)
    }
}
