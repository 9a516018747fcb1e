import SecureBERTIntel
import Testing

@Suite struct LogTimeTests {
    private static let times: [(String, Double)] = [
        ("2026-11-22T19:00:00Z up", 1_795_374_000), ("2026-11-22 19:00:00,250 up", 1_795_374_000.25),
        ("2026/11/22 19:00:00 up", 1_795_374_000), ("2026-11-22T20:30:00.5+01:30 x", 1_795_374_000.5),
        ("2026-11-22T14:00:00-0500 x", 1_795_374_000), ("<34>1 2026-11-22T19:00:00Z host app - - x", 1_795_374_000),
        ("[22/Nov/2026:19:00:00 +0000] GET /", 1_795_374_000), ("1795374000 x", 1_795_374_000),
        ("1795374000123 x", 1_795_374_000.123), ("1795374000.5", 1_795_374_000.5),
        ("  [2026-11-22 19:00:00] x", 1_795_374_000), ("Jan  1 00:00:10 host x", 10),
        ("Dec 31 00:00:00 host x", 365 * 86_400), ("<13>Jan 2 00:00:00 x", 86_400), ("1970-01-01T00:00:00", 0),
        ("1969-12-31T23:59:59Z", -1), ("2024-02-29 00:00:00", 1_709_164_800),
    ]

    private static let others: [String] = [
        "", "up", "2026-11-22", "2026-13-22T19:00:00Z", "2026-11-22T25:00:00Z", "Jan", "Jan 1", "Jan one 00:00:00",
        "123456789 x", "17953740001 x", "1795374000x", "[22/Foo/2026:19:00:00] x", "<1234>Jan 2 00:00:00",
        "99999999999999999999", "\u{0}\u{1}", "2026-11-22T19:00", "[[[[[", "<>",
    ]

    private func seconds(_ line: String) -> Double? { LogTime.seconds(of: Array(line.utf8)[...]) }

    @Test func timesAreRead() throws {
        for (line, expected) in Self.times {
            let found = try #require(seconds(line), "\(line)")
            #expect(abs(found - expected) < 1e-6, "\(line): \(found)")
        }
    }

    @Test func whatIsNoTimeIsNone() {
        for line in Self.others { #expect(seconds(line) == nil, "\(line)") }
    }

    /// A late zone, a cut fraction or a cut line never reads beyond its end.
    @Test func everyPrefixOfALineIsRead() {
        let lines = [
            "<34>1 2026-11-22T20:30:00.123456789123+01:30 x", "[22/Nov/2026:19:00:00 -0500]", "1795374000.123",
        ]
        for line in lines {
            for length in 0...line.utf8.count { _ = LogTime.seconds(of: Array(line.utf8.prefix(length))[...]) }
        }
    }
}
