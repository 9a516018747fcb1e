/// The figures of ``BinaryMetrics`` that the examples define, as reports show them; scikit-learn has 0 or 1 for the others, with a
/// warning.
struct DefinedFigures {
    /// Precision; nil without positive examples.
    let precision: Double?
    /// Recall; nil without positive examples.
    let recall: Double?
    /// F1; nil without positive examples.
    let f1: Double?
    /// Matthews' correlation coefficient; nil when all examples are of one class.
    let matthewsCorrelation: Double?
    /// Average precision; nil when all examples are of one class.
    let averagePrecision: Double?

    init(_ metrics: BinaryMetrics) {
        let counts: MatchCounts? = metrics.counts.actual > 0 ? metrics.counts : nil
        (precision, recall, f1) = (counts?.precision, counts?.recall, counts?.f1)
        matthewsCorrelation = metrics.counts.matthewsCorrelation(among: metrics.total)
        averagePrecision = metrics.rocArea == nil ? nil : metrics.averagePrecision
    }
}
