import SecureBERTCheckpoint
import SecureBERTIntel
import SecureBERTJSON
import TestSupport
import Testing

/// The lines of real reports in `Fixtures/indicators`, labelled by people. `Benchmarks/indicators/compare.py` compares on them with public
/// extractors; these bounds are the better of the two on each type, or a little below our own where neither knows the type.
@Suite struct LabelledLinesTests {
    private static let leastF1: [IndicatorType: Double] = [
        .ipv4: 0.991, .domain: 1, .url: 0.9967, .email: 1, .md5: 1, .sha256: 1, .cve: 1, .attackTechnique: 1,
        .attackTactic: 1, .attackSoftware: 1, .attackGroup: 1, .registryKey: 0.85, .filePath: 0.5, .fileName: 0.85,
        .userAgent: 1,
    ]

    private struct Value: Hashable {
        let type: String
        let value: String

        /// Case, a slash or a period at the end and doubled backslashes make no difference.
        init(_ type: String, _ value: String) {
            self.type = type
            let plain = value.lowercased().replacing("\\\\", with: "\\")
            self.value = String(plain.reversed().drop { "/.".contains($0) }.reversed())
        }
    }

    @Test func noTypeIsFoundWorseThanByOthers() throws {
        let text = try #require(
            String(
                validating: FileSystem.read("\(Fixtures.path)/indicators/lines.jsonl", limit: 1 << 20), as: UTF8.self))
        let extractor = IndicatorExtractor()
        var counts: [String: (right: Int, wrong: Int, missed: Int)] = [:]
        let lines = text.split(separator: "\n")
        #expect(lines.count == 716)
        for line in lines {
            let json = try JSON.parse(String(line))
            let labelled = Set(
                (json["indicators"]?.arrayValue ?? []).map {
                    Value($0["type"]?.stringValue ?? "", $0["value"]?.stringValue ?? "")
                })
            let found = Set(
                extractor(json["text"]?.stringValue ?? "").map { Value($0.type.rawValue, $0.value) })
            for value in found.union(labelled) {
                let (isFound, isLabelled) = (found.contains(value), labelled.contains(value))
                counts[value.type, default: (0, 0, 0)].right += isFound && isLabelled ? 1 : 0
                counts[value.type, default: (0, 0, 0)].wrong += isLabelled ? 0 : 1
                counts[value.type, default: (0, 0, 0)].missed += isFound ? 0 : 1
            }
        }
        for type in IndicatorType.allCases {
            guard let count = counts[type.rawValue] else { continue }
            let f1 = Double(2 * count.right) / Double(2 * count.right + count.wrong + count.missed)
            // Other types do not occur, so whatever is found of them is a false alarm.
            #expect(f1 >= Self.leastF1[type] ?? 1, "\(type.rawValue): \(f1) of \(count)")
        }
    }
}
