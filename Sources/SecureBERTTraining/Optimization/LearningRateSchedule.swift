#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How the learning rate moves over a run, as a factor of its peak.
///
/// Progress is measured in steps or in tokens, as the trainer likes: only ratios matter.
public struct LearningRateSchedule: Sendable, Equatable {
    /// The course after the warm-up.
    public enum Shape: String, Sendable, CaseIterable {
        /// Stays at the peak.
        case constant
        /// Falls in a straight line to the floor.
        case linear
        /// Falls along half a cosine to the floor (Loshchilov and Hutter 2016, arXiv 1608.03983).
        case cosine
        /// Stays at the peak, then falls as 1 - sqrt to the floor over the last part of the run: warm-up, stable, decay
        /// (Hu et al. 2024, arXiv 2404.06395; the 1 - sqrt form: Hägele et al. 2024, arXiv 2405.18392, as ModernBERT's).
        case warmupStableDecay = "wsd"
    }

    public let shape: Shape
    /// The part of the run, in 0...1, over which the factor rises from 0 to 1 in a straight line. It is 0 for the first step, which
    /// then changes nothing but the optimizer's moments, as transformers' `get_linear_schedule_with_warmup` has it.
    public let warmup: Double
    /// The last part of the run, in 0...1, over which a ``Shape/warmupStableDecay`` schedule falls.
    public let decay: Double
    /// The factor at the end of the run, in 0...1.
    public let floor: Double

    /// A schedule; fractions are of the whole run and are taken as they are, their range being the recipe's business.
    public init(shape: Shape, warmup: Double = 0, decay: Double = 0.1, floor: Double = 0) {
        self.shape = shape
        self.warmup = warmup
        self.decay = decay
        self.floor = floor
    }

    /// The factor for the step that begins at `progress` of the run, 0 at its start and 1 at its end.
    ///
    ///     linear  /\         cosine  /‾\        wsd  /‾‾‾‾\
    ///            /  \               /   \__         /      \_
    public func factor(at progress: Double) -> Double {
        let progress = min(max(progress, 0), 1)
        if progress < warmup { return progress / warmup }
        let start = shape == .warmupStableDecay ? max(warmup, 1 - decay) : warmup
        guard progress > start, start < 1 else { return 1 }
        let fallen = (progress - start) / (1 - start)
        let remaining =
            switch shape {
            case .constant: 1.0
            case .linear: 1 - fallen
            case .cosine: (1 + cos(.pi * fallen)) / 2
            case .warmupStableDecay: 1 - fallen.squareRoot()
            }
        return floor + (1 - floor) * remaining
    }
}
