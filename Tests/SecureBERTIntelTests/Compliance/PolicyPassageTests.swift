import SecureBERTIntel
import Testing

/// How documents are cut into what is mapped as one.
@Suite struct PolicyPassageTests {
    private func queries(_ text: String, _ name: String = "policy.md", isExplained: Bool = false) -> [String] {
        PolicyAnalyzer.queries(of: .init(text, name: name), isExplained: isExplained)
    }

    /// The queries with one blank between words.
    private func words(_ text: String, _ name: String, isExplained: Bool = false) -> [String] {
        queries(text, name, isExplained: isExplained).map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
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
            words(text, "sshd_config") == [
                "Nobody logs in as root. Permit Root Login no",
                "Sessions end after a while. Client Alive Interval 600", "section password min length 14",
            ])
        let yaml = "audit:\n  enabled: true\n  keep_for_days: 365\nlogin:\n  max_attempts: 5\n  lock_minutes: 15\n"
        #expect(queries(yaml, "a.yaml").count == 2)
        // The same words in prose are no settings.
        #expect(queries("Accounts are locked: after five\nfailed attempts to log on.", "a.txt").count == 1)
    }

    /// Each setting is mapped by itself, below the comment or section that it shares with others; what is commented out sets nothing.
    @Test func settingsAreMappedOneByOne() {
        let text = """
            # Only these people log on.
            PermitRootLogin no
            AllowGroups admins
            #X11Forwarding yes
            Protocol 2 \\
              and more words here

            [System Access]
            MinimumPasswordLength = 14
            LockoutBadCount = 5
            """
        #expect(
            words(text, "sshd_config") == [
                "Only these people log on. Permit Root Login no", "Only these people log on. Allow Groups admins",
                "Protocol 2 and more words here",
                "System Access Minimum Password Length 14", "System Access Lockout Bad Count 5",
            ])
        let registry = #"""
            [HKEY_LOCAL_MACHINE\SYSTEM\Lsa]
            "LmCompatibilityLevel"=dword:00000005
            "RestrictAnonymous"=dword:00000001
            """#
        #expect(
            words(registry, "lsa.reg") == [
                "HKEY LOCAL MACHINE SYSTEM Lsa Lm Compatibility Level dword 00000005",
                "HKEY LOCAL MACHINE SYSTEM Lsa Restrict Anonymous dword 00000001",
            ])
        let nginx = "server {\n    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_ciphers HIGH:!aNULL;\n}\n"
        #expect(
            words(nginx, "nginx.conf") == ["server ssl protocols TLSv1.2 TLSv1.3", "server ssl ciphers HIGH !a NULL"])
        #expect(words("net.ipv4.ip_forward = 0\nnet.ipv4.tcp_syncookies=1\n", "sysctl.conf").count == 2)
    }

    /// Settings come with what controls call them, by their words and by the kind of file.
    @Test(arguments: [
        ("minlen = 14", "etc/security/pwquality.conf", "authenticator complexity"),
        ("deny = 5", "faillock.conf", "unsuccessful logon attempts"),
        ("-w /etc/passwd -p wa -k identity", "etc/audit/rules.d/10-base.rules", "audit record generation"),
        ("PermitRootLogin no", "sshd_config", "remote access"),
        ("ssl_protocols TLSv1.3;", "nginx.conf", "cryptographic protection transmission"),
        ("net.ipv4.ip_forward = 0", "sysctl.conf", "boundary protection"),
    ])
    func settingsAreExplained(text: String, name: String, words: String) throws {
        let query = try #require(queries(text, name, isExplained: true).first)
        #expect(query.contains(words), "\(query)")
        #expect(queries(text, name).first?.contains(words) == false)
        // Comments and prose say it themselves.
        #expect(
            queries("# The minlen of passwords is fourteen.", name, isExplained: true).first?.contains(words) != true)
        #expect(
            queries("The minlen of a passwd is set.", "a.md", isExplained: true) == ["The minlen of a passwd is set."])
    }

    /// Time must not grow with the square of the length, whatever the text.
    @Test(arguments: ["- a\n", "a:\n- b\n", "#\n", "a b c d: ", "x=1\n", "[", ":", ".", "😀"])
    func hostileTextsAreCutQuickly(unit: String) {
        let text = String(repeating: unit, count: 200_000)
        for name in ["a.txt", "a.conf", "a"] { _ = queries(text, name) }
    }
}
