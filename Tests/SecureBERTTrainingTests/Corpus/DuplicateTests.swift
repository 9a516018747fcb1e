import SecureBERTTraining
import TestSupport
import Testing

@Suite struct DuplicateTests {
    private func signature(_ words: [String], _ hash: MinHash) -> [UInt8] {
        var scan = WordScan()
        var sequences = WordSequences()
        Array(words.joined(separator: " ").utf8).view { scan.scan($0) }
        sequences.prepare(scan.words)
        var out: [UInt8] = []
        hash.append(words: scan.words.count, sequences, shingle: 5, to: &out)
        return out
    }

    private func similarity(_ first: [UInt8], _ second: [UInt8]) -> Double {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                guard let a = first.baseAddress, let b = second.baseAddress else { return -1 }
                return MinHash.similarity(a, b, count: first.count)
            }
        }
    }

    @Test func signaturesEstimateTheJaccardSimilarity() {
        let hash = MinHash(permutations: 128)
        var random = SeededGenerator(seed: 1)
        for changed in [0, 1, 4, 10, 40, 200] {
            let words = (0..<400).map { _ in "w\(Int.random(in: 0..<100_000, using: &random))" }
            var other = words
            for index in 0..<changed { other[index * 2] = "x\(index)" }
            func shingles(_ words: [String]) -> Set<[String]> {
                Set((0...(words.count - 5)).map { Array(words[$0..<$0 + 5]) })
            }
            let (a, b) = (shingles(words), shingles(other))
            let exact = Double(a.intersection(b).count) / Double(a.union(b).count)
            let estimate = similarity(signature(words, hash), signature(other, hash))
            // Three standard deviations of 128 draws.
            #expect(
                abs(estimate - exact) < 3 * (exact * (1 - exact) / 128).squareRoot() + 0.03,
                "\(changed): \(exact) \(estimate)")
        }
        #expect(signature([], hash).count == 128)
        #expect(signature(["one"], hash) != signature(["two"], hash))
    }

    @Test func laterNearCopiesAreFound() throws {
        let hash = MinHash(permutations: 64)
        var random = SeededGenerator(seed: 2)
        var signatures: [UInt8] = []
        var expected: [Bool] = []
        for document in 0..<300 {
            let words = (0..<200).map { _ in "w\(Int.random(in: 0..<5000, using: &random))" }
            signatures += signature(words, hash)
            expected.append(false)
            if document.isMultiple(of: 3) {
                var copy = words
                copy[100] = "changed"
                signatures += signature(copy, hash)
                expected.append(true)
            }
        }
        #expect(try nearDuplicates(signatures, threshold: 0.75) == expected)
        #expect(try !nearDuplicates(signatures, threshold: 1.01).contains(true))
    }

    /// A template fills a band with more documents than one is compared with.
    @Test func copiesAreFoundInBandsWithManyDocuments() throws {
        /// All agree in the first band, and in no byte beyond it.
        func filled(_ number: Int) -> [UInt8] {
            [1, 2, 3, 4] + (4..<64).map { UInt8(truncatingIfNeeded: number + $0) }
        }
        let signatures = (0..<200).flatMap(filled) + filled(150) + filled(3)
        let found = try nearDuplicates(signatures, threshold: 0.9)
        #expect(found == Array(repeating: false, count: 200) + [true, true])
    }

    private func nearDuplicates(_ signatures: [UInt8], threshold: Double) throws -> [Bool] {
        let folder = try TemporaryFolder()
        let file = try SpillFile(folder: folder.path)
        try signatures.withUnsafeBytes(file.append)
        try file.flush()
        return try NearDuplicates(signatures: file, permutations: 64, rows: 4)
            .find(threshold: { _ in threshold }, onPair: { _, _, _ in })
    }

    @Test func hashSetsHoldWhatWasInserted() {
        var set = HashSet64()
        var reference: Set<UInt64> = []
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let value = UInt64.random(in: 2...30_000, using: &random)
            #expect(set.insert(value) == reference.insert(value).inserted)
        }
        #expect(set.count == reference.count)
        for value in UInt64(2)...30_000 { #expect(set.contains(value) == reference.contains(value)) }
    }

    @Test func runsOfWordsAreEqualWhereverTheyAre() {
        var first = WordSequences()
        var second = WordSequences()
        first.prepare([1, 2, 3, 4, 5])
        second.prepare([9, 9, 2, 3, 4])
        #expect(first.hash(1, 3) == second.hash(2, 3))
        #expect(first.hash(0, 3) != second.hash(2, 3))
        #expect(first.hash(1, 2) != second.hash(2, 3))
    }
}
