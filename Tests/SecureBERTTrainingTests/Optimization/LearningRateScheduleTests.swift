import SecureBERTTraining
import Testing

struct LearningRateScheduleTests {
    /// Rises over the first tenth, then follows its shape: values worked out by hand.
    @Test(arguments: [
        (LearningRateSchedule.Shape.constant, [0, 0.5, 1, 1, 1, 1]),
        (.linear, [0, 0.5, 1, 0.5, 0.25, 0]),
        (.cosine, [0, 0.5, 1, 0.5, 0.1464466, 0]),
        (.warmupStableDecay, [0, 0.5, 1, 1, 0.6464466, 0]),
    ])
    func follows(shape: LearningRateSchedule.Shape, expected: [Double]) {
        // A fifth of the run is the decay of wsd, so that 0.825 lies an eighth into it.
        let schedule = LearningRateSchedule(shape: shape, warmup: 0.1, decay: 0.2)
        let at = [0, 0.05, 0.1, 0.55, shape == .warmupStableDecay ? 0.825 : 0.775, 1]
        for (progress, factor) in zip(at, expected) {
            #expect(abs(schedule.factor(at: progress) - factor) < 1e-6, "\(shape) at \(progress)")
        }
    }

    @Test func floorsAndBounds() {
        let schedule = LearningRateSchedule(shape: .linear, floor: 0.1)
        #expect(schedule.factor(at: -1) == 1)
        #expect(abs(schedule.factor(at: 2) - 0.1) < 1e-12)
        #expect(abs(schedule.factor(at: 0.5) - 0.55) < 1e-12)
        // Warm-up over the whole run never divides by zero.
        #expect(LearningRateSchedule(shape: .warmupStableDecay, warmup: 1).factor(at: 1) == 1)
    }
}
