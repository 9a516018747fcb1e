import Testing

/// Expects every element to be within `absolute` or `relative` of the expected one; NaN and infinities must match. On failure
/// says how many elements differ and shows the worst, its position and both values.
public func expectClose(
    _ actual: [Float], _ expected: [Double], absolute: Double = 1e-6, relative: Double = 1e-5,
    _ what: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record(
            "\(what()): \(actual.count) elements, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    var failures = 0
    var worst = (index: 0, excess: 0.0)
    for (index, (found, wanted)) in zip(actual.lazy.map(Double.init), expected).enumerated() {
        if found == wanted || (found.isNaN && wanted.isNaN) { continue }
        // How many times the tolerance; NaN where none is wanted counts as infinitely many.
        let ratio = abs(found - wanted) / max(absolute, relative * abs(wanted))
        let excess = ratio.isNaN ? Double.infinity : ratio
        if excess > 1 { failures += 1 }
        if excess > worst.excess { worst = (index, excess) }
    }
    guard failures > 0 else { return }
    Issue.record(
        """
        \(what()): \(failures) of \(actual.count) elements differ; the worst, element \(worst.index), is \
        \(actual[worst.index]) instead of \(expected[worst.index]), \(worst.excess) times the tolerance \
        (\(absolute) absolute or \(relative) relative)
        """, sourceLocation: sourceLocation)
}
