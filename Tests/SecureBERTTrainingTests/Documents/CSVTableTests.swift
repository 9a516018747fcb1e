import SecureBERTTraining
import Testing

/// Comma-separated values, strictly.
@Suite struct CSVTableTests {
    private func table(_ text: String) throws -> CSVTable { try CSVTable(Array(text.utf8), file: "t.csv") }

    private func complaint(_ bytes: [UInt8]) -> String? {
        do {
            _ = try CSVTable(bytes, file: "t.csv")
            return nil
        } catch { return error.description }
    }

    @Test func readsQuotesLineEndsAndEmptyFields() throws {
        let found = try table("a,b\r\n\"x, \"\"y\"\"\",\r\n\"two\nlines\",\"\"\n é,\" z \"")
        #expect(found.columns == ["a", "b"])
        #expect(found.rows.map(\.fields) == [["x, \"y\"", ""], ["two\nlines", ""], [" é", " z "]])
        #expect(found.rows.map(\.line) == [2, 3, 5])
        #expect(try found.index(of: "b") == 1)
        #expect(try table("\u{FEFF}a\n1\n").columns == ["a"])
        #expect(try table("a,b").rows.isEmpty)
        #expect(try table("a\n\nx").rows.map(\.fields) == [[""], ["x"]])
    }

    @Test(arguments: [
        ("a,b\n1\n", "t.csv: line 2: expected 2 fields as in the header, found 1"),
        ("a\nx\"y\n", "t.csv: line 2: a quote inside a field"),
        ("a\n\"x\"y\n", "t.csv: line 2: text behind a closing quote"),
        ("a\n\n\n\"x\n\n", "t.csv: line 4: a quote is never closed"),
        ("a\nx\ry\n", "t.csv: line 2: a carriage return"),
        ("a,a\n", "t.csv: line 1: two columns are named \"a\""), ("", "t.csv: is empty"),
    ])
    func refusesWithALine(text: String, start: String) throws {
        let found = try #require(complaint(Array(text.utf8)))
        #expect(found.hasPrefix(start), "\(found)")
    }

    @Test func refusesOtherEncodings() {
        #expect(complaint([0x61, 0x0A, 0xE9, 0x0A])?.contains("line 2: a field is not valid UTF-8") == true)
    }

    @Test func aMissingColumnIsAnsweredWithThoseThereAre() throws {
        let found = try table("x,y\n1,2\n")
        #expect { try found.index(of: "sentence") } throws: { "\($0)".contains("found \"x\", \"y\"") }
    }
}
