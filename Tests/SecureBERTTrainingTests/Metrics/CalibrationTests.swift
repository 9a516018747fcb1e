import SecureBERTJSON
import SecureBERTTraining
import Testing

/// Calibration errors, Brier scores and temperatures.
@Suite struct CalibrationTests {
    @Test func agreesWithTheReference() throws {
        for (index, row) in try Golden.cases("calibration").enumerated() {
            let what = "case \(index)"
            let logits = row["logits"]?.elements.map(\.numbers) ?? []
            let references = row["references"]?.integers ?? []
            let labels = references.map { [$0] }
            let none = TemperatureScaling(temperature: 1)
            let probabilities = logits.map(none.softmax)
            for bins in [10, 15] {
                let found = Calibration(probabilities: probabilities, references: references, binCount: bins)
                expectEqual(found.expectedError, row["expectedError\(bins)"], what)
                #expect(found.maximumError >= found.expectedError)
            }
            let flat = Calibration(
                probabilities: row["flat"]?.numbers ?? [],
                cameTrue: references.flatMap { reference in logits[0].indices.map { $0 == reference } }, binCount: 5)
            let filled = flat.bins.filter { $0.count > 0 }
            expectEqual(filled.map(\.frequency), row["flatFrequencies"], what)
            expectEqual(filled.map(\.meanProbability), row["flatMeans"], what)
            expectEqual(
                BrierScore.multiclass(probabilities: probabilities, references: references), row["brier"], what)
            expectEqual(
                BrierScore.multiLabel(probabilities: logits.map { $0.map(none.sigmoid) }, references: labels),
                row["brierLabels"], what)
            expectEqual(
                NegativeLogLikelihood.softmax(logits: logits, references: references), row["likelihood"], what)
            expectEqual(
                NegativeLogLikelihood.sigmoid(logits: logits, references: labels), row["sigmoidLikelihood"], what)
            let scaling = TemperatureScaling(softmax: logits, references: references)
            expectEqual(scaling.temperature, row["temperature"], what)
            let scaled = logits.map { $0.map { $0 / scaling.temperature } }
            expectEqual(
                NegativeLogLikelihood.softmax(logits: scaled, references: references), row["scaledLikelihood"], what)
            expectEqual(
                TemperatureScaling(sigmoid: logits, references: labels).temperature, row["sigmoidTemperature"], what)
        }
    }

    @Test func extremesStayInRange() {
        let sure = TemperatureScaling(softmax: [[5, 0], [0, 5]], references: [0, 1])
        #expect(sure.temperature == TemperatureScaling.range.lowerBound)
        let useless = TemperatureScaling(softmax: [[5, 0], [0, 5]], references: [1, 0])
        #expect(useless.temperature == TemperatureScaling.range.upperBound)
        #expect(sure.softmax([1e6, -1e6]) == [1, 0])
        #expect(TemperatureScaling(softmax: [], references: []).temperature.isFinite)
    }

    @Test func examplesCanBeResampled() {
        let examples = CalibrationExamples(
            probabilities: [[0.9], [0.2], [0.95]], cameTrue: [[true], [false], [false]], binCount: 2)
        #expect(examples.count == 3)
        let all = Calibration(probabilities: [0.9, 0.2, 0.95], cameTrue: [true, false, false], binCount: 2)
        #expect(examples.calibration.bins == all.bins)
        let twice = Calibration(probabilities: [0.9, 0.95, 0.95], cameTrue: [true, false, false], binCount: 2)
        #expect(examples.calibration(of: [0, 2, 2]).bins == twice.bins)
        // Two labels an example; a quarter of the decisions is in the upper bin and a quarter off.
        let labels = CalibrationExamples(
            probabilities: [[0.25, 0.75], [0.25, 0.5]], cameTrue: [[true, true], [false, false]], binCount: 2)
        #expect(abs(labels.calibration.expectedError - 0.0625) < 1e-12)
        #expect(labels.calibration(of: [1, 1]).expectedError == 0.375)
    }

    @Test func edgesBelongToTheLowerBin() {
        let found = Calibration(
            probabilities: [0, 0.5, 1], cameTrue: [true, false, true], binCount: 2)
        #expect(found.bins.map(\.count) == [2, 1])
        #expect(Calibration(probabilities: [], cameTrue: []).expectedError == 0)
    }
}
