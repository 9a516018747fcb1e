/// Times of repeated runs.
struct Timing {
    /// Ascending, in seconds.
    let seconds: [Double]

    var best: Double { seconds[0] }
    var median: Double {
        let middle = seconds.count / 2
        return seconds.count.isMultiple(of: 2) ? (seconds[middle - 1] + seconds[middle]) / 2 : seconds[middle]
    }

    /// Runs the work once to warm up and then, timed, at least three times and for about that long.
    static func measure(seconds limit: Double, _ work: () throws -> Void) rethrows -> Timing {
        try work()
        var times: [Double] = []
        var total = 0.0
        while times.count < 3 || total < limit {
            let start = ContinuousClock.now
            try work()
            let time = (ContinuousClock.now - start) / .seconds(1)
            times.append(time)
            total += time
        }
        return Timing(seconds: times.sorted())
    }
}
