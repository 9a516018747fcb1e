import SecureBERTIntel
import Testing

@Suite struct EntityLinkerTests {
    let linker: EntityLinker
    init() throws { linker = EntityLinker(try KnowledgeBase(folder: KnowledgeTests.installed)) }

    private func names(_ text: String) -> [String] {
        linker.mentions(in: text).map { "\($0.text)=\($0.entries.map(\.id).sorted().joined(separator: "+"))" }
    }

    @Test func spellingsOfANameAreOneName() {
        #expect(
            names("APT28, apt 28 and APT-28 are Fancy Bear.") == [
                "APT28=G0007", "apt 28=G0007", "APT-28=G0007", "Fancy Bear=G0007",
            ])
        #expect(linker.entries(named: "fancy BEAR").map(\.id) == ["G0007"])
        #expect(linker.entries(named: "nobody").isEmpty)
        #expect(linker.entries(named: "").isEmpty)
    }

    @Test func theLongestNameCounts() {
        // "Cobalt Strike" is software, "Cobalt" alone is no name.
        #expect(names("They used Cobalt Strike and cobalt.") == ["Cobalt Strike=S0154"])
    }

    @Test func ordinaryWordsNeedAWordThatSaysWhatTheyAre() {
        #expect(names("Play the video, then expand the net at once.").isEmpty)
        #expect(names("The Play ransomware was run.").contains { $0.hasPrefix("Play=") })
        #expect(names("Emotet spread.") == ["Emotet=S0367"])
        #expect(names("the word emotet in lower case").isEmpty)
    }

    @Test func namesInsideOfPathsAddressesAndWordsAreNone() {
        for text in [
            "C:\\Emotet\\x", "/opt/Emotet", "Emotet.exe", "Emotet_2", "x@Emotet", "PreEmotet", "Emotets", "evil.Emotet",
        ] {
            #expect(names(text).isEmpty, "\(text)")
        }
        #expect(names("(Emotet).").count == 1)
        #expect(names("It was Emotet.").count == 1)
        #expect(names("Emotet-like").count == 1)
    }

    @Test func rangesAreThoseOfTheText() {
        let text = "Spät kam „Emotet“, dann 🐻 Fancy  Bear nicht, aber Fancy Bear."
        let bytes = Array(text.utf8)
        let mentions = linker.mentions(in: text)
        #expect(mentions.map(\.text) == ["Emotet", "Fancy Bear"])
        for mention in mentions { #expect(String(decoding: bytes[mention.range], as: UTF8.self) == mention.text) }
    }
}
