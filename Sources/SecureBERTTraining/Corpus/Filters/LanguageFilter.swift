/// Guesses the language of a text from its scripts and its most frequent words.
///
/// Few words make up a third of every running text (in English "the", "of", "and", ...); lists, tables and other languages
/// lack them. Languages with a script of their own are told by that.
package struct LanguageFilter: Sendable {
    /// Whether texts in other languages are left out; they are counted in any case.
    let isActive: Bool
    /// Least share of stop words among the words of an English text.
    let minimumStopWords: Double
    /// Largest share of letters from other scripts.
    let maximumForeignLetters: Double

    package init(isActive: Bool = true, minimumStopWords: Double, maximumForeignLetters: Double) {
        self.isActive = isActive
        self.minimumStopWords = minimumStopWords
        self.maximumForeignLetters = maximumForeignLetters
    }

    /// The language of a text as a two-letter code; "und" when nothing tells.
    package func language(of scan: WordScan) -> String {
        let foreign = scan.scripts.otherLetters
        let letters = scan.asciiLetters + scan.scripts.latin + foreign
        guard letters > 0 else { return "und" }
        if Double(foreign) > maximumForeignLetters * Double(letters) {
            // Japanese mixes its own letters with Chinese ones.
            if scan.scripts.others["ja", default: 0] * 5 > foreign { return "ja" }
            return scan.scripts.others.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "und"
        }
        var hits = [Int](repeating: 0, count: StopWords.languages.count)
        for word in scan.words {
            var languages = StopWords.table.languages(of: word)
            while languages != 0 {
                hits[languages.trailingZeroBitCount] += 1
                languages &= languages - 1
            }
        }
        let least = minimumStopWords * Double(scan.words.count)
        guard let best = hits.indices.max(by: { hits[$0] < hits[$1] }), Double(hits[best]) >= least, hits[best] > 0
        else { return "und" }
        // English is the first, and a tie is English.
        return hits[best] == hits[0] ? "en" : StopWords.languages[best].code
    }
}

/// The most frequent words of some languages, of those that are written with Latin letters.
enum StopWords {
    static let languages: [(code: String, words: String)] = [
        (
            "en",
            """
            the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one \
            you were all her she there would their we him been has when who will no more if out so up said what its about than into \
            them can only other time new some could these two may first then do any like my now over such our man me even most made \
            after also did many must before see through back where much your way well should because each just those people how too \
            any same while does between under used using use via when during without within could allows
            """
        ),
        (
            "de",
            "der die und das den von zu ist nicht mit dem des ein eine auf für auch als sich werden im wird bei sind oder einer dass durch nach wie"
        ),
        (
            "fr",
            "le la les des et est une dans que pour qui pas sur par plus avec sont il au ce cette ou se du en un aux ne nous vous"
        ),
        (
            "es",
            "el la los las de que y en un una por con para es se del como más su al lo este esta son pero sus no ha"
        ),
        (
            "pt",
            "o os as de que e em um uma para com por não se do da dos das na no como mais foi ao seu sua ser são pelo"
        ),
        (
            "it",
            "il lo gli di che e la per un una con non del della sono nel alla si da come più anche dei delle al questo essere"
        ),
        (
            "nl",
            "de het een van en is dat op te zijn met voor niet aan er om ook als door bij naar uit worden wordt deze kan"
        ),
        ("pl", "i w na się z do nie że jest to o jak przez od po dla jego oraz może tym być lub które są"),
        ("sv", "och att det som en på är av för med den till inte om ett har de kan från vid eller så var"),
        ("tr", "ve bir bu için ile olarak olan da de daha çok gibi kadar sonra en ya ise veya"),
    ]

    static let table = Table()

    /// Words with the languages that have them as bits: open addressing, as it is asked for every word of the corpus.
    struct Table: Sendable {
        private var keys: [UInt64]
        private var values: [UInt16]
        private static let size = 2048

        init() {
            keys = Array(repeating: 0, count: Self.size)
            values = Array(repeating: 0, count: Self.size)
            for (index, language) in StopWords.languages.enumerated() {
                for word in language.words.split(separator: " ") {
                    let slot = slot(of: WordScan.hash(word.utf8))
                    keys[slot] = WordScan.hash(word.utf8)
                    values[slot] |= 1 << UInt16(index)
                }
            }
        }

        private func slot(of key: UInt64) -> Int {
            var slot = Int(truncatingIfNeeded: key) & (Self.size - 1)
            while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & (Self.size - 1) }
            return slot
        }

        func languages(of word: UInt64) -> UInt16 { values[slot(of: word)] }
    }
}
