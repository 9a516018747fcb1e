import SecureBERTIntel
import Testing

@Suite struct LogTemplateMinerTests {
    private func mine(
        _ lines: [String], _ settings: LogTemplateMiner.Settings = .init(), header: LogHeader = .fields(0)
    ) -> (miner: LogTemplateMiner, ids: [Int]) {
        var miner = LogTemplateMiner(settings)
        let ids = lines.map { miner.add(header.content(of: Array($0.utf8)[...])).id }
        return (miner, ids)
    }

    private func masked(_ line: String) -> String? { mine([line]).miner.templates.first?.text }

    @Test(arguments: [
        ("took 17 ms, 3.5 times -4", "took <*> ms, <*> times <*>"),
        ("from 10.0.0.1:8080 to fe80::1ff:fe23:4567", "from <*>:<*> to <*>::<*>:<*>:<*>"),
        ("at 0xDEADbeef in 7f3a9c2e", "at <*> in <*>"),
        ("open /var/lib/x.db: C:\\Temp\\a.txt", "open <*>: C:<*>"),
        ("job 550e8400-e29b-41d4-a716-446655440000 done", "job <*> done"),
        ("core.118 part_-407 part_12 uid=0", "core.<*> part_<*> part_<*> uid=<*>"),
        ("jk2_init ipv6 load/store a deadbeef bad", "jk2_init ipv6 load/store a <*> bad"),
        ("node R63-M1-N2 of host-187-141.example.com", "node <*> of <*>"),
        ("token " + String(repeating: "x", count: 65), "token <*>"),
        ("pairs " + String(repeating: "a=b;", count: 100), "pairs <*>"),
        ("  blanks\t between\u{1}words ", "blanks between words"),
        ("größe 日本 ok", "größe 日本 ok"),
    ])
    func whatVariesByItsFormIsMasked(line: String, template: String) {
        #expect(masked(line) == template)
    }

    @Test func linesOfOneStatementShareATemplate() {
        let (miner, ids) = mine([
            "session opened for user alice by root", "session opened for user bob by root",
            "session closed for user alice",
            "session opened for user carol by root", "disk full", "session closed for user bob",
        ])
        #expect(ids == [1, 1, 2, 1, 3, 2])
        #expect(
            miner.templates.map(\.text) == [
                "session opened for user <*> by root", "session closed for user <*>", "disk full",
            ])
        #expect(miner.templates.map(\.count) == [3, 2, 1])
        #expect(miner.template(2)?.count == 2 && miner.template(9) == nil)
    }

    @Test func aMatchSaysWhatItChanged() {
        var miner = LogTemplateMiner()
        let matches = ["ann", "ann", "bob", "eve"].map { miner.add(Array("mail from \($0) sent".utf8)[...]) }
        #expect(matches.map(\.id) == [1, 1, 1, 1])
        #expect(matches.map(\.isNew) == [true, false, false, false])
        #expect(matches.map(\.isChanged) == [false, false, true, false])
    }

    @Test func fixedTemplatesStayAsTheyAre() {
        var miner = LogTemplateMiner()
        let id = miner.addFixed("user <*> logged in", count: 7)
        #expect(miner.add(Array("user ann logged in".utf8)[...]).id == id)
        let other = miner.add(Array("user ann logged out".utf8)[...])
        #expect(other.isNew && other.id != id)
        #expect(miner.template(id)?.text == "user <*> logged in" && miner.template(id)?.count == 8)
        // A template whose words are masks alone is found again as well.
        let masks = miner.addFixed("<*> <*>", count: 1)
        #expect(miner.add(Array("12 34".utf8)[...]).id == masks)
    }

    @Test func theSameLinesGiveTheSameTemplates() {
        var random = Random()
        let lines = (0..<3000).map { _ in random.line(words: 1 + random.next(8), vocabulary: 40) }
        let (first, second) = (mine(lines), mine(lines))
        #expect(first.ids == second.ids && first.miner.templates == second.miner.templates)
    }

    @Test func randomLinesDoNotGrowMemory() {
        var settings = LogTemplateMiner.Settings()
        settings.maximumTemplates = 200
        settings.maximumTemplatesPerGroup = 50
        var miner = LogTemplateMiner(settings)
        let kept = miner.addFixed("kept for ever", count: 1)
        var random = Random()
        for _ in 0..<50_000 {
            let line = random.line(words: 1 + random.next(12), vocabulary: 1 << 30)
            let id = miner.add(Array(line.utf8)[...]).id
            #expect(miner.template(id) != nil)
        }
        #expect(miner.count <= 200 && miner.templates.count == miner.count)
        #expect(miner.template(kept)?.text == "kept for ever")
        // What is used stays.
        let used = miner.add(Array("heartbeat of the service".utf8)[...]).id
        for _ in 0..<5000 {
            _ = miner.add(Array(random.line(words: 6, vocabulary: 1 << 30).utf8)[...])
            #expect(miner.add(Array("heartbeat of the service".utf8)[...]).id == used)
        }
    }

    @Test func oddLinesAreLines() {
        var miner = LogTemplateMiner()
        let lines: [[UInt8]] = [
            [], [0x20, 0x09], [0xFF, 0xFE, 0x00, 0x41], Array(repeating: 0x61, count: 1 << 20),
            Array("a ".utf8) * (1 << 19), Array(repeating: 0x3D, count: 1 << 20), Array(repeating: 0xC3, count: 1000),
        ]
        for line in lines {
            let first = miner.add(line[...])
            let second = miner.add(line[...])
            #expect(second.id == first.id && !second.isNew && !second.isChanged)
            #expect(miner.template(first.id).map { $0.text.utf8.count < 4 << 20 } == true)
        }
        #expect(miner.templates.contains { $0.text.hasSuffix(" ...") })
    }

    @Test(arguments: [
        ("Mar 14 09:12:07 gateway sshd[311]: Invalid user x", "Invalid user x"),
        ("<38>Mar 14 09:12:09 gateway login: root refused", "root refused"),
        ("<165>1 2026-03-04T09:12:09.250Z host app 12 ID47 - text here", "text here"),
        (#"<165>1 2026-03-04T09:12:09.250Z host app - - [a@1 b="c"][d@2 e="f"] text"#, "text"),
        ("<165>1 2026-03-04T09:12:09.250Z host app", ""),
        ("Mar 14 09:12:08 last message repeated", "last message repeated"),
        ("2026-11-22T19:00:00.5+01:00 host app[12]: text", "text"),
        ("2026-11-22T19:00:00Z INFO Server: started", "INFO Server: started"),
        ("2026-11-22 19:00:00,123 ERROR disk full", "ERROR disk full"),
        ("2026/11/22 19:00:00 [error] 12#0: x", "[error] 12#0: x"),
        ("[Mon Mar 02 08:15:30 2026] [notice] ready", "[notice] ready"),
        ("1772438400 kernel: x", "kernel: x"), ("1772438400.25 kernel: x", "kernel: x"),
        ("May the force be", "May the force be"), ("[12] brackets", "[12] brackets"), ("12345 items", "12345 items"),
        ("2026 was a year", "2026 was a year"), ("", ""), ("Mar 14", "Mar 14"), ("<34", "<34"), ("[", "["),
    ])
    func headersAreLeftOut(line: String, content: String) {
        #expect(String(decoding: LogHeader.automatic.content(of: Array(line.utf8)[...]), as: UTF8.self) == content)
    }

    @Test func fieldsAreLeftOut() {
        let line = Array("a  b\tc d e\r".utf8)
        #expect(String(decoding: LogHeader.fields(3).content(of: line[...]), as: UTF8.self) == "d e")
        #expect(LogHeader.fields(1 << 50).content(of: line[...]).isEmpty)
        #expect(LogHeader.fields(9).content(of: line[...]).isEmpty)
    }
}

private struct Random {
    private var state: UInt64 = 7

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    /// Words without digits, so that nothing is masked.
    mutating func line(words: Int, vocabulary: Int) -> String {
        (0..<words).map { _ in
            "w" + String(next(vocabulary)).map { String(UnicodeScalar(UInt8($0.asciiValue ?? 48) + 49)) }.joined() + "z"
        }.joined(separator: " ")
    }
}

private func * (bytes: [UInt8], count: Int) -> [UInt8] { Array(repeatElement(bytes, count: count).joined()) }
