import SecureBERTJSON
import SecureBERTTraining
import Testing

@Suite struct AnomalyEvaluationTests {
    @Test func linesAndWindowsAreCountedAboveTheirThresholds() throws {
        let isAnomalous = [false, true, false, false, false, false, true]
        let evaluation = AnomalyEvaluation(isAnomalous: isAnomalous, window: 2)
        #expect(evaluation.windows == [0..<2, 2..<4, 4..<6, 6..<7])
        let system = AnomalyEvaluation.System(
            name: "s", scores: [1, 5, 3, 0, 4, 0, 3], threshold: 3, windowScores: [3, 1.5, 2, 3], windowThreshold: 2)
        let json = try JSON.parse(
            EvaluationReport(title: "t", settings: [], sections: [evaluation.section("x", [system], seed: 0)]).json.text
        )
        let section = json["sections"]?.arrayValue?.first
        func row(_ table: Int) -> [JSON] {
            section?["tables"]?.arrayValue?[table]["rows"]?.arrayValue?.first?.arrayValue ?? []
        }
        // Lines above 3: one anomaly, one normal line; equal scores are not above.
        #expect(row(0)[1].doubleValue == 0.5 && row(0)[2].doubleValue == 0.5 && row(0)[6].integerValue == 1)
        #expect(row(0)[7].doubleValue == 0.2)
        // By score 5+, 4-, 3+ and 3-: the mean of 1/1 and 2/4.
        #expect(row(0)[4].doubleValue == 0.75)
        #expect(row(1)[1].doubleValue == 1 && row(1)[2].doubleValue == 1 && row(1)[6].integerValue == 0)
    }

    @Test func withoutAnomaliesThereAreFalseAlarmsAlone() {
        let evaluation = AnomalyEvaluation(isAnomalous: [false, false], window: 1)
        let section = evaluation.section(
            "x", [.init(name: "s", scores: [1, 2], threshold: 1, windowScores: [1, 2], windowThreshold: 1)], seed: 0)
        #expect(section.figures.isEmpty && section.tables.count == 2)
        guard case .count(let wrong) = section.tables[0].rows[0][6] else { return #expect(Bool(false)) }
        #expect(wrong == 1)
    }
}
