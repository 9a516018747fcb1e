import SecureBERTIntel
import Testing

/// How documents are cut into what is mapped as one.
@Suite struct PolicyPassageTests {
    private func queries(_ text: String, _ name: String = "policy.md") -> [String] {
        PolicyAnalyzer.queries(of: .init(text, name: name))
    }

    @Test func listsStayWithWhatIntroducesThem() {
        let text = """
            # Passwords

            Passwords of all users must:

            - have fourteen characters,
            - not be reused.

            Another paragraph stands alone here.

            - A list item without an introduction.
            """
        #expect(
            queries(text) == [
                "Passwords. Passwords of all users must:\n\n- have fourteen characters,\n- not be reused.",
                "Passwords. Another paragraph stands alone here.",
                "Passwords. - A list item without an introduction.",
            ])
    }

    @Test func shortLinesAreNoPassagesButHeadings() {
        #expect(queries("Scope\n\nThis applies to all staff.", "a.txt") == ["Scope. This applies to all staff."])
        #expect(queries("1\n\n- - -\n\nOne two three.\n").isEmpty)
        #expect(queries("").isEmpty)
    }

    @Test func longParagraphsAreCutAndNothingIsLost() {
        let sentence = "Every account is reviewed by its owner each quarter of the year. "
        let long = queries(String(repeating: sentence, count: 100), "a.txt")
        #expect(long.count == 5 && long.allSatisfy { $0.utf8.count <= 1500 })
        #expect(long.joined(separator: " ").split(separator: " ").count == 1200)
        // One sentence of four-byte characters and blanks: cut between characters.
        let wide = queries(String(repeating: "a😀 ", count: 2000), "a.txt")
        #expect(wide.count > 5 && !wide.joined().contains("\u{FFFD}"))
        #expect(wide.joined().filter { $0 == "😀" }.count == 2000)
    }

    @Test func settingsStayWithTheirComments() {
        let text = """
            # Nobody logs in as root.
            PermitRootLogin no
            # Sessions end after a while.
            ClientAliveInterval 600

            [section]
            password_min_length = 14
            """
        #expect(
            queries(text, "sshd_config").map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") } == [
                "Nobody logs in as root. Permit Root Login no",
                "Sessions end after a while. Client Alive Interval 600", "section password min length 14",
            ])
        let yaml = "audit:\n  enabled: true\n  keep_for_days: 365\nlogin:\n  max_attempts: 5\n  lock_minutes: 15\n"
        #expect(queries(yaml, "a.yaml").count == 2)
        // The same words in prose are no settings.
        #expect(queries("Accounts are locked: after five\nfailed attempts to log on.", "a.txt").count == 1)
    }

    /// Time must not grow with the square of the length, whatever the text.
    @Test(arguments: ["- a\n", "a:\n- b\n", "#\n", "a b c d: ", "x=1\n", "[", ":", ".", "😀"])
    func hostileTextsAreCutQuickly(unit: String) {
        let text = String(repeating: unit, count: 200_000)
        for name in ["a.txt", "a.conf", "a"] { _ = queries(text, name) }
    }
}
