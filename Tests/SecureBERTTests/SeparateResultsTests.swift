import SecureBERT
import Testing

@Suite struct SeparateResultsTests {
    private struct Odd: Error {}

    @Test(arguments: [[], [0], [5], [0, 1, 9], Array(0..<10)]) func onlyWhatFailsIsLost(odd: [Int]) {
        var calls = 0
        let results = Array(0..<10).separateResults { numbers in
            calls += 1
            if numbers.contains(where: odd.contains) { throw Odd() }
            return numbers.map { $0 * 2 }
        }
        #expect(results.map { try? $0.get() } == (0..<10).map { odd.contains($0) ? nil : $0 * 2 })
        // All at once when nothing fails, otherwise no more than two for each that does at each halving.
        #expect(calls <= 1 + 2 * 4 * odd.count)
        #expect([Int]().separateResults { $0 }.isEmpty)
    }
}
