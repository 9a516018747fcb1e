import SecureBERTIntel
import Testing

@Suite struct UTCTimeTests {
    /// Expected values: `date -u -d @SECONDS`.
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (951_868_799, "2000-02-29T23:59:59Z"),
        (1_668_688_200, "2022-11-17T12:30:00Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func momentsAreWrittenAndReadInUTC(seconds: Int, text: String) {
        let time = UTCTime(secondsSince1970: seconds)
        #expect(time.rfc3339(milliseconds: false) == text)
        #expect(time.rfc3339(milliseconds: true) == text.replacing("Z", with: ".000Z"))
        #expect(time.date == text.prefix(10))
        #expect(UTCTime(text) == time)
        #expect(UTCTime(String(text.prefix(10)))?.secondsSince1970 == seconds / 86_400 * 86_400)
    }

    @Test(arguments: [
        "", "2022", "2022-11", "2022-02-29", "2022-13-01", "2022-00-10", "2022-1-1", "1969-12-31", "10000-01-01",
        "2022-11-17T24:00:00Z", "2022-11-17T12:60:00Z", "2022-11-17T12:30:00", "2022-11-17T12:30:00+01:00",
        "2022-11-17 12:30:00Z", "+022-11-17", "2022-11-17T12:30:00ZZ", "9223372036854775807-1-1", "-1-1-1",
        "2022--11-17",
    ])
    func otherTextsAreNoTimes(text: String) {
        #expect(UTCTime(text) == nil)
    }

    @Test func timesOutsideOfTheYearsAreCut() {
        #expect(UTCTime(secondsSince1970: .min).date == "1970-01-01")
        #expect(UTCTime(secondsSince1970: .max).date == "9999-12-31")
    }
}
