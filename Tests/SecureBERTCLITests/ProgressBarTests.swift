import SecureBERTCLI
import Testing

@Suite struct ProgressBarTests {
    private func progress(
        _ unit: ProgressBar.Unit, _ completed: Int, of total: Int?, rate: Double? = nil, note: String = ""
    ) -> ProgressBar.Progress {
        var progress = ProgressBar.Progress(title: "job", unit: unit, total: total)
        progress.completed = completed
        progress.rate = rate
        progress.note = note
        return progress
    }

    @Test func showsEverythingInAWideTerminal() {
        let bytes = progress(.bytes, 150 << 20, of: 600 << 20, rate: 12.5 * 1_048_576, note: "[3/9] a\u{1B}b")
        #expect(
            bytes.line(columns: 140)
                == "job [##########------------------------------]  25%  150.0 MiB/600.0 MiB  12.5 MiB/s  0:36 left  [3/9] a\\u{1b}b"
        )
        let steps = progress(.steps, 1200, of: 4000, rate: 2)
        #expect(
            steps.line(columns: 80)
                == "job [#########---------------------]  30%  1,200/4,000 steps  2.0/s  23:20 left")
    }

    @Test func withoutATotalThereIsNoBar() {
        #expect(progress(.documents, 12_345, of: nil, rate: 512.4).line(columns: 80) == "job  12,345 documents  512/s")
        #expect(progress(.documents, 0, of: nil).line(columns: 80) == "job  0 documents")
    }

    @Test func neverWiderThanTheTerminal() {
        for columns in 0...200 {
            for total in [nil, 600] {
                let line = progress(.tokens, 300, of: total, rate: 1, note: "x").line(columns: columns)
                #expect(line.count <= max(1, columns - 1), "\(line)")
            }
        }
    }

    @Test func nothingToDoIsDone() {
        #expect(progress(.bytes, 0, of: 0).line(columns: 80).contains("100%"))
        #expect(
            [0, 59.2, 3599, 3661, 1e9].map(ProgressBar.Progress.time) == ["0:00", "1:00", "59:59", "1:01:01", "days"])
    }

    @Test func rateOverTheLastSeconds() {
        var rate = ProgressRate()
        let start = ContinuousClock.now
        #expect(rate.perSecond == nil)
        for second in 0...30 {
            rate.add(second * 1000 + (second > 15 ? (second - 15) * 9000 : 0), at: start + .seconds(second))
        }
        #expect(rate.perSecond == 10_000)
        var slow = ProgressRate()
        for step in 0...3 { slow.add(step, at: start + .seconds(60 * step)) }
        #expect(slow.perSecond == 1.0 / 60)
    }
}
