import SecureBERT
import SecureBERTIntel
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct LogDetectorTests {
    private let reader: LogReader
    init() throws { reader = try LogReader(PretrainedModel(path: Fixtures.model("modernbert-mlm-new"))) }

    private static let clean =
        (0..<60).map { "request \($0) served in \($0 * 7) ms" } + (0..<30).map { "cache hit for key \($0)" }
        + ["cache miss for key 5", "worker started"]

    private func bytes(_ lines: [String]) -> [ArraySlice<UInt8>] { lines.map { Array($0.utf8)[...] } }

    private func profile(falseAlarms: Double = 0.05, window: Int = 10, model: Bool = true) throws -> LogProfile {
        var lines = LogFitting()
        for line in bytes(Self.clean) { lines.add(line) }
        return try lines.profile(model ? reader : nil, model: "tiny", falseAlarms: falseAlarms, window: .lines(window))
    }

    @Test func countsAreTheCleanLines() throws {
        let profile = try profile()
        #expect(profile.lines == 92)
        #expect(profile.templates.map(\.count) == [60, 31, 1])
        #expect(
            profile.templates.map(\.text) == [
                "request <*> served in <*> ms", "cache <*> for key <*>", "worker started",
            ])
    }

    /// At most the allowed share of the clean lines, each scored as if the others were the profile, is above the threshold.
    @Test(arguments: [0, 0.01, 0.02, 0.2, 0.5, 0.99])
    func thresholdsLetTheAllowedShareThrough(share: Double) throws {
        let profile = try profile(falseAlarms: share)
        var detector = try LogDetector(profile, reader)
        let scores = detector(bytes(Self.clean), areClean: true)
        #expect(Double(scores.count { $0.isAnomaly }) <= share * 92)
        #expect(scores.contains { $0.score == profile.threshold })
    }

    @Test func theScoreIsMadeOfItsParts() throws {
        let profile = try profile()
        var detector = try LogDetector(profile, reader)
        let lines = ["request 999 served in 1 ms", "kernel panic: not syncing", "kernel panic: not syncing"]
        let scores = detector(bytes(lines))
        #expect(scores[0].count == 60 && scores[0].frequency == 60.0 / 92 && scores[0].templateID == 1)
        #expect(scores[1].count == 0 && scores[1].frequency == 0 && scores[1].templateID > 3)
        #expect(scores[1].templateID == scores[2].templateID && scores[1].reading == scores[2].reading)
        for score in scores {
            let expected =
                log(93) - log(Double(score.count) + exp(-score.reading.surprise)) + 2 * score.reading.severity
            #expect(abs(score.score - expected) < 1e-9)
        }
        #expect(scores[1].score - 2 * scores[1].reading.severity > scores[0].score - 2 * scores[0].reading.severity)
        #expect(scores[2].windowScore == scores.map(\.score).max())
        #expect(detector.newTemplates == 1)
    }

    /// How lines come in batches depends on the speed of a pipe; their scores must not.
    @Test func batchesDoNotChangeScores() throws {
        let profile = try profile()
        let lines = bytes((0..<40).map { "event \($0 % 7 == 0 ? "odd" : "plain") number \($0)" } + Self.clean)
        var (together, alone) = (try LogDetector(profile, reader), try LogDetector(profile, reader))
        let first = together(lines)
        let second = lines.flatMap { alone([$0]) }
        #expect(first.map(\.templateID) == second.map(\.templateID) && first.map(\.template) == second.map(\.template))
        for (one, other) in zip(first, second) { #expect(abs(one.score - other.score) < 1e-3) }
    }

    @Test func withoutModelFrequencyAloneDecides() throws {
        let profile = try profile(model: false)
        var detector = try LogDetector(profile, nil)
        let scores = detector(bytes(["worker started", "never seen before"]))
        #expect(profile.model == nil && scores.allSatisfy { $0.reading == .none })
        #expect(scores[0].score < scores[1].score)
        #expect(abs(scores[1].score - log(93)) < 1e-9)
    }

    @Test func profilesAreReadAsTheyWereWritten() throws {
        let folder = try TemporaryFolder()
        for profile in [try profile(), try profile(falseAlarms: 0, window: 1, model: false)] {
            let path = try folder.write("profile.json", Array(profile.json.prettyText.utf8))
            #expect(try LogProfile(path: path) == profile)
        }
    }

    /// Templates are written as text; lines in another encoding must still be known.
    @Test func linesThatAreNotUTF8AreKnownAgain() throws {
        let folder = try TemporaryFolder()
        let line: [UInt8] = Array("caf".utf8) + [0xE9] + Array(" is open, n".utf8) + [0xB0] + Array("12".utf8)
        var lines = LogFitting()
        for _ in 0..<5 { lines.add(line[...]) }
        let profile = try lines.profile(nil, model: nil)
        let path = try folder.write("profile.json", Array(profile.json.text.utf8))
        var detector = try LogDetector(LogProfile(path: path), nil)
        #expect(detector([line[...]])[0].count == 5)
    }

    @Test func withoutCleanLinesNothingIsKnown() throws {
        var detector = try LogDetector(LogFitting().profile(reader, model: "tiny"), reader)
        let score = detector(bytes(["a line"]))[0]
        #expect(score.frequency == 0 && score.score.isFinite && score.isAnomaly)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"format":"securebert-log-profile-2"}"#, #"{"format":"securebert-log-profile-1"}"#,
        #"{"format":"securebert-log-profile-1","templates":[{"template":"x"}]}"#,
        #"{"format":"securebert-log-profile-1","templates":[{"template":"x","count":-1,"surprise":0,"severity":0}]}"#,
        #"{"format":"securebert-log-profile-1","templates":[],"lines":0}"#,
        #"{"format":"securebert-log-profile-1","templates":[],"lines":3,"false_alarms":0.1,"threshold":1,"window":1000000,"window_threshold":1}"#,
        #"{"format":"securebert-log-profile-1","templates":[],"lines":3,"false_alarms":0.1,"threshold":"x"}"#,
    ])
    func oddProfilesAreRefused(text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("odd.json", Array(text.utf8))
        #expect(throws: (any Error).self) { try LogProfile(path: path) }
    }

    @Test func anotherModelIsRefused() throws {
        let other = try LogReader(PretrainedModel(path: Fixtures.model("roberta-mlm")))
        let profile = try profile()
        #expect { _ = try LogDetector(profile, other) } throws: { "\($0)".contains("another model") }
    }

    @Test func windowsAreTheLargestOfTheLastLines() {
        var window = LogWindow(.lines(3))
        let scores: [Double] = [3, 5, 5, 1, 4, 0, -2, -3, -3, 9]
        #expect(scores.map { window.add($0) } == [3, 5, 5, 5, 5, 4, 4, 0, -2, 9])
        var (long, values) = (LogWindow(.lines(50)), [Double]())
        for number in 0..<2000 {
            values.append(Double(number * 7919 % 1009))
            #expect(long.add(values[number]) == values.suffix(50).max())
        }
    }

    /// The largest of the last ten seconds; lines without time, and late ones, stand where the line before them does.
    @Test func windowsByTimeAreTheLargestOfTheLastSeconds() {
        var window = LogWindow(.seconds(10))
        let lines: [(time: Double?, score: Double)] = [
            (100, 3), (105, 1), (nil, 2), (109.9, 0), (110, 0), (103, 1), (nil, 0.5), (115, 0), (120.5, 0.1), (500, -1),
        ]
        #expect(lines.map { window.add($0.score, at: $0.time) } == [3, 3, 3, 3, 2, 2, 2, 1, 0.1, -1])
        var (random, times, scores) = (LogWindow(.seconds(60)), [Double](), [Double]())
        for number in 0..<2000 {
            times.append(max(times.last ?? 0, Double(number * 5 + number * 7919 % 200 - 100)))
            scores.append(Double(number * 104_729 % 1009))
            let expected = zip(times, scores).filter { $0.0 > times[number] - 60 }.map(\.1).max()
            #expect(random.add(scores[number], at: times[number]) == expected)
        }
    }

    /// One line of another clock changes nothing; when all are earlier the clock was set back, and windows go on.
    @Test func clocksThatAreSetBackAreFollowed() {
        var window = LogWindow(.seconds(10))
        #expect([(1000.0, 1.0), (20, 2), (1005, 0)].map { window.add($0.1, at: $0.0) } == [1, 2, 2])
        let back = (0..<20).map { window.add(0, at: 20 + Double($0)) }
        #expect(back.first == 2 && back.last == 0)
        #expect(window.add(-1, at: 200) == -1)
    }

    @Test func windowsBehindEachOtherHaveTheirLargest() {
        func shown(_ ended: LogWindowSeries.Ended?) -> String { ended.map { "\($0.score) \($0.hasLast)" } ?? "" }
        var lines = LogWindowSeries(.lines(2))
        let scores: [Double] = [1, 3, 2, 0, 5]
        #expect(scores.map { shown(lines.add($0)) } == ["", "3.0 true", "", "2.0 true", ""] && lines.rest == 5)
        var ones = LogWindowSeries(.lines(1))
        #expect(scores.prefix(2).map { shown(ones.add($0)) } == ["1.0 true", "3.0 true"] && ones.rest == nil)
        var seconds = LogWindowSeries(.seconds(10))
        let times: [(Double?, Double)] = [(0, 1), (9, 4), (nil, 2), (10, 3), (5, 6), (35, 0)]
        #expect(times.map { shown(seconds.add($0.1, at: $0.0)) } == ["", "", "", "4.0 false", "", "6.0 false"])
        #expect(seconds.rest == 0)
    }

    @Test func profilesHaveWindowsByTime() throws {
        var lines = LogFitting()
        for (index, line) in bytes(Self.clean).enumerated() {
            lines.add(line, at: index % 7 == 3 ? nil : Double(index))
        }
        let profile = try lines.profile(nil, model: nil, falseAlarms: 0, window: .seconds(30))
        let folder = try TemporaryFolder()
        let path = try folder.write("profile.json", Array(profile.json.prettyText.utf8))
        #expect(try LogProfile(path: path) == profile && profile.window == .seconds(30))
        var detector = try LogDetector(profile, nil)
        let scores = detector(
            bytes(["request 5 served in 1 ms", "never seen", "request 6 served in 2 ms"]), times: [0, 20, 60])
        #expect(scores.map(\.windowScore) == [scores[0].score, scores[1].score, scores[2].score])
        #expect(scores.map(\.isWindowAnomaly) == [false, true, false])
    }
}
