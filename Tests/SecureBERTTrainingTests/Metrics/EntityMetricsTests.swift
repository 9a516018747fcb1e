import SecureBERTJSON
import SecureBERTTraining
import Testing

/// Entities as seqeval counts them, and the kinds of mistakes.
@Suite struct EntityMetricsTests {
    @Test func agreesWithSeqeval() throws {
        let golden = try #require(Golden.cases("entities").first)
        for (index, row) in (golden["cases"]?.elements ?? []).enumerated() {
            let references = row["references"]?.elements.map(\.strings) ?? []
            let predictions = row["predictions"]?.elements.map(\.strings) ?? []
            #expect(references.count > 1)
            for reading in TagReading.allCases {
                let what = "case \(index) \(reading)"
                let expected = try #require(row[reading.rawValue])
                let found = EntityMetrics(references: references, predictions: predictions, reading: reading)
                #expect(found.types == expected["types"]?.strings, "\(what)")
                #expect(found.counts.map(\.actual) == expected["support"]?.integers, "\(what)")
                guard !found.types.isEmpty else { continue }
                expectEqual(
                    found.counts.flatMap { [$0.precision, $0.recall, $0.f1] },
                    .array(expected["perType"]?.elements.flatMap(\.elements) ?? []), what)
                for (name, scores) in [
                    ("micro", found.averages.micro), ("macro", found.averages.macro),
                    ("weighted", found.averages.weighted),
                ] {
                    expectEqual([scores.precision, scores.recall, scores.f1], expected[name], "\(what) \(name)")
                }
            }
        }
    }

    @Test func readsChunksOfEveryPrefix() throws {
        let golden = try #require(Golden.cases("entities").first)
        let chunks = golden["chunks"]?.elements ?? []
        #expect(chunks.count > 5)
        for chunk in chunks {
            let tags = chunk["tags"]?.strings ?? []
            let expected = chunk["entities"]?.elements.compactMap { entity -> EntitySpan? in
                guard let type = entity.elements.first?.stringValue else { return nil }
                return EntitySpan(type: type, range: entity.integers[0]..<entity.integers[1])
            }
            #expect(TagReading.lenient.spans(tags) == expected, "\(tags)")
        }
        #expect(TagReading.lenient.spans(["U-A", "B-A", "L-A", "?"]).map(\.range) == [0..<1, 1..<3])
        #expect(TagReading.strict.spans(["I-A", "B-A", "I-A", "I-B", "I-A"]).map(\.range) == [1..<3])
    }

    @Test func intervalsHoldTheFigure() throws {
        let tags = (0..<40).map { [$0 % 3 == 0 ? "B-A" : "O", "B-B"] }
        let found = (0..<40).map { [$0 % 6 == 0 ? "B-A" : "O", "B-B"] }
        let metrics = EntityMetrics(references: tags, predictions: found)
        let interval = try #require(metrics.interval { averages, _ in averages.micro.f1 })
        #expect(interval.contains(metrics.averages.micro.f1))
        #expect(interval.lowerBound < interval.upperBound)
        #expect(metrics.interval { averages, _ in averages.micro.f1 } == interval)
        #expect(metrics.interval { _, counts in counts[1].f1 } == 1...1)
        #expect(EntityMetrics(references: [[String]](), predictions: []).interval { _, _ in 1 } == nil)
    }

    @Test func tellsMistakesApart() {
        func span(_ type: String, _ start: Int, _ end: Int) -> EntitySpan { .init(type: type, range: start..<end) }
        let errors = EntityErrors(
            references: [
                [span("A", 0, 2), span("A", 3, 5), span("B", 6, 9), span("A", 10, 12), span("B", 13, 15)], [],
                [span("A", 0, 4), span("A", 4, 6), span("B", 8, 10)],
            ],
            predictions: [
                [span("A", 0, 2), span("B", 3, 5), span("B", 6, 8), span("B", 11, 13)], [span("C", 0, 1)],
                [span("A", 1, 5), span("B", 7, 11)],
            ])
        #expect(errors.types == ["A", "B", "C"])
        #expect(errors.correct == 1)
        #expect(errors.wrongType == 1)
        #expect((errors.boundary.tooShort, errors.boundary.tooLong, errors.boundary.shifted) == (1, 1, 1))
        #expect(errors.wrongTypeAndBoundary == 1)
        #expect((errors.missed, errors.spurious) == (2, 1))
        #expect(errors.confusion == [[2, 2, 0, 1], [0, 2, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]])
        #expect(errors.overlapping == MatchCounts(truePositives: 4, predicted: 7, actual: 8))
        #expect(abs(errors.partialF1 - 2 * 2.5 / 15) < 1e-12)
    }

    @Test func theLargestOverlapIsMatchedFirst() {
        let errors = EntityErrors(
            references: [[.init(type: "A", range: 0..<2), .init(type: "A", range: 2..<8)]],
            predictions: [[.init(type: "A", range: 1..<7)]])
        #expect(errors.boundary.shifted == 1)
        #expect(errors.missed == 1)
        #expect(errors.confusion == [[1, 1], [0, 0]])
    }
}
