import SecureBERTJSON
import Testing

@Suite struct JSONTests {
    @Test func readsEveryKindOfValue() throws {
        let value = try JSON.parse(#" {"a":[1,-2.5e1,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{}} "#)
        let elements = try #require(value["a"]?.arrayValue)
        #expect(elements[0].integerValue == 1)
        #expect(elements[1].doubleValue == -25)
        #expect(elements[2].boolValue == true)
        #expect(elements[4].isNull)
        #expect(elements[5].stringValue == "x\né😀")
        #expect(value["b"]?.objectValue?.members.isEmpty == true)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01", "1.", "1e", "-", "+1", "nul", "\"abc", "\"\\x\"",
        "\"\\ud800\"",
        "\"\\udc00\"", "\"\u{1}\"", "1 2", "{\"a\":1,\"a\":2}", "'a'", "1e999", "[1 2]", "NaN",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test func refusesInvalidUTF8() {
        #expect(throws: JSONError.self) { try JSON.parse([UInt8(ascii: "\""), 0xC0, 0xAF, UInt8(ascii: "\"")]) }
        #expect(throws: JSONError.self) { try JSON.parse([UInt8(ascii: "\""), 0xED, 0xA0, 0x80, UInt8(ascii: "\"")]) }
    }

    /// Bytes behind an escape are checked as well, and what the escape gave is kept.
    @Test func refusesInvalidUTF8BehindAnEscape() throws {
        #expect(throws: JSONError.self) { try JSON.parse(Array(#""\n"#.utf8) + [0xC0, 0xAF, UInt8(ascii: "\"")]) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xE9] + Array(#"\u00e9""#.utf8)) }
        #expect(try JSON.parse("\"é\\u0120\\ud83d\\ude00 攻\"").stringValue == "éĠ😀 攻")
        #expect(throws: JSONError.self) { try JSON.parse(#""\u12G4""#) }
    }

    @Test(arguments: [
        ("-0", 0), ("7", 7), ("999999999999999999", 999_999_999_999_999_999),
        ("-999999999999999999", -999_999_999_999_999_999),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("1e3", 1000),
    ])
    func readsWholeNumbers(text: String, value: Int) throws {
        #expect(try JSON.parse(text).integerValue == value)
    }

    @Test func readsNumbersBeyond64Bits() throws {
        #expect(try JSON.parse("9223372036854775808").doubleValue == 9_223_372_036_854_775_808)
        #expect(try JSON.parse("123456789012345678901234567890").integerValue == nil)
    }

    @Test func boundsNesting() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSON.parse(deep) }
    }

    /// "é" composed and decomposed are one Swift string and two vocabulary entries.
    @Test func keepsCanonicallyEqualKeysApart() throws {
        let value = try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"]?.integerValue == 1)
        #expect(value["e\u{301}"]?.integerValue == 2)
    }

    @Test func findsDuplicatesInLargeObjects() throws {
        let members = (0..<5000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(try JSON.parse("{\(members)}").objectValue?.members.count == 5000)
        #expect(throws: JSONError.self) { try JSON.parse("{\(members),\"k17\":0}") }
    }

    @Test func errorsNameLineAndOffset() throws {
        let error = try #require(throws: JSONError.self) { try JSON.parse("{\n\"a\":1,\n\"a\":2}") }
        #expect(error.line == 3)
        #expect(error.description == "duplicate key \"a\" at line 3, byte 9")
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1,2.5,"q\"\\\u0001\n"],"b":{"c":null}}"#
        #expect(try JSON.parse(text).text == text)
        #expect(try JSON.parse(JSON.parse(text).prettyText).text == text)
        #expect(JSON(Float(0.1)).text == "0.1")
        #expect(JSON.number(.nan).text == "null")
    }
}
