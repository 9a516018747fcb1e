import SecureBERTHub
import Testing

@Suite struct ProgressBarTests {
    private let half = PullProgress(
        file: "1_Pooling/model.safetensors", fileReceived: 5, fileSize: 10, received: 150_000_000, total: 600_000_000,
        transferred: 150_000_000, finishedFiles: 3, fileCount: 9)

    @Test func showsEverythingInAWideTerminal() {
        #expect(
            ProgressBar.line(half, bytesPerSecond: 12_340_000, columns: 120)
                == "[3/9] model.safetensors        [##########------------------------------]  25%  150 MB/600 MB  12.3 MB/s  0:37 left"
        )
    }

    @Test func neverWiderThanTheTerminal() {
        for columns in 0...200 {
            #expect(ProgressBar.line(half, bytesPerSecond: 1, columns: columns).count <= max(0, columns - 1))
        }
    }

    @Test func numbers() {
        #expect(
            [0, 999, 1000, 1_500_000, 9_996_000, 99_960_000, 999_600_000].map(ProgressBar.size) == [
                "0 B", "999 B", "1.00 kB", "1.50 MB", "10.0 MB", "100 MB", "1.00 GB",
            ])
        #expect([0, 59.2, 3599, 3661, 1e9].map(ProgressBar.time) == ["0:00", "1:00", "59:59", "1:01:01", "days"])
    }

    @Test func nothingToDownloadIsDone() {
        let none = PullProgress(
            file: "x", fileReceived: 0, fileSize: 0, received: 0, total: 0, transferred: 0, finishedFiles: 1,
            fileCount: 1)
        #expect(ProgressBar.line(none, bytesPerSecond: nil, columns: 80).contains("100%"))
    }

    @Test func rateOverTheLastSeconds() {
        var rate = TransferRate()
        let start = ContinuousClock.now
        #expect(rate.bytesPerSecond == nil)
        for second in 0...20 {
            rate.add(bytes: second * 1000 + (second > 10 ? (second - 10) * 9000 : 0), at: start + .seconds(second))
        }
        #expect(rate.bytesPerSecond == 10_000)
    }
}
