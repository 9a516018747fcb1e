/// Names that are ordinary English words, or commands of every system.
///
/// The words are the names and aliases in ATT&CK 18.1 that are in Debian's small American word list (package wamerican-small), found with
/// `Scripts/intel/ordinary_names.py`, and the commands are those of software that writers of reports mention without meaning it.
enum OrdinaryNames {
    private static let words = Set(
        """
        agenda anchor apostle at axiom backspace biscuit bitter bloodhound bookworm bumblebee calendar cannon canopy carbon chaos chromium \
        cleaver covenant crimson crutch disco donut dragonfly driftwood dustpan embargo emissary empire epic equation expand explosive \
        ferocious flame havoc inception lurid machete mango maze meek mercury meteor mirage monsoon mosquito nebulae net newscaster \
        nickel nightclub octopus pacemaker page patchwork phosphorus photo platinum play plead plutonium pony potassium powerless \
        prestige proton radium raindrop rancor rattlesnake reaper reptile route royal ruler scorpion shark shipshape silence silicon \
        skid sliver snake solar soldier spaceship spark teardrop tick trinity vermin viper windshield wiper zinc \
        arp cmd ftp ping reg tor cuba hive
        """.split(separator: " ").map(String.init))

    /// Words that say of the name before or after them what it is.
    private static let marks = Set(
        """
        actor actors apt backdoor botnet campaign downloader dropper family gang group implant loader malware operation operator \
        operators rat ransomware rootkit spyware stealer threat toolkit trojan worm
        """.split(separator: " ").map(String.init))

    /// Whether the name is one of them.
    static func contains(_ name: ArraySlice<LinkedWord>) -> Bool {
        name.count == 1 && name.allSatisfy { words.contains($0.lowercased) }
    }

    /// Whether the word before or after a name says what it is.
    static func isMarked(_ words: [LinkedWord], _ name: Range<Int>) -> Bool {
        let neighbours = [name.lowerBound - 1, name.upperBound].filter(words.indices.contains)
        return neighbours.contains { marks.contains(words[$0].lowercased) }
    }
}
