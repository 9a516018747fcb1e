/// Finds names of groups, software and campaigns in text, and says which entries they stand for.
///
/// Spelling may differ in case, spaces and hyphens: "APT 28", "apt-28" and "APT28" are one name. Names that begin with a capital letter have
/// to in the text, unless they have digits. Names that are ordinary words or commands ("Play", "net") count only beside a word
/// such as "ransomware" or "group".
public struct EntityLinker: Sendable {
    /// A name in a text.
    public struct Mention: Sendable, Hashable {
        /// Bytes of UTF-8.
        public let range: Range<Int>
        public let text: String
        /// What it stands for; several when a group is called like its malware.
        public let entries: [KnowledgeEntry]
    }

    private let entries: [[String]: [KnowledgeEntry]]
    /// Names whose first letter is a capital.
    private let capitalized: Set<[String]>
    private let longest: Int

    /// - Parameters:
    ///   - base: Where names and aliases are from.
    ///   - kinds: Which entries are looked for.
    public init(_ base: KnowledgeBase, kinds: Set<KnowledgeEntry.Kind> = [.group, .malware, .tool, .campaign]) {
        var entries: [[String]: [KnowledgeEntry]] = [:]
        var capitalized: Set<[String]> = []
        for entry in base.entries where kinds.contains(entry.kind) {
            for name in [entry.name] + entry.aliases {
                let words = LinkedWord.words(of: name)
                let key = words.map(\.lowercased)
                guard key.joined().count > 1, entries[key]?.contains(entry) != true else { continue }
                entries[key, default: []].append(entry)
                if words.allSatisfy(\.isLetters), words.first?.isCapitalized == true { capitalized.insert(key) }
            }
        }
        (self.entries, self.capitalized) = (entries, capitalized)
        longest = entries.keys.map(\.count).max() ?? 0
    }

    /// What a name stands for, whatever its case; nothing when it is no name of an entry.
    public func entries(named name: String) -> [KnowledgeEntry] {
        entries[LinkedWord.words(of: name).map(\.lowercased)] ?? []
    }

    /// The names in a text, in its order; of names that begin with the same word the longest. Time linear in the text.
    public func mentions(in text: String) -> [Mention] {
        let bytes = Array(text.utf8)
        let words = LinkedWord.words(of: text)
        var (mentions, place): ([Mention], Int) = ([], 0)
        while place < words.count {
            guard let (count, found) = match(words[place...], bytes) else {
                place += 1
                continue
            }
            let range = words[place].range.lowerBound..<words[place + count - 1].range.upperBound
            if !OrdinaryNames.contains(words[place..<(place + count)])
                || OrdinaryNames.isMarked(words, place..<(place + count))
            {
                mentions.append(
                    .init(range: range, text: String(decoding: bytes[range], as: UTF8.self), entries: found))
            }
            place += count
        }
        return mentions
    }

    private func match(_ words: ArraySlice<LinkedWord>, _ bytes: [UInt8]) -> (count: Int, entries: [KnowledgeEntry])? {
        var candidates: [[String]] = []
        var key: [String] = []
        for (index, word) in zip(words.indices, words.prefix(longest)) {
            if index > words.startIndex, !word.continues(words[index - 1], bytes) { break }
            key.append(word.lowercased)
            if entries[key] != nil { candidates.append(key) }
        }
        for key in candidates.reversed() {
            let last = words[words.startIndex + key.count - 1]
            guard let first = words.first, first.startsName(bytes), last.endsName(bytes),
                first.isCapitalized || !capitalized.contains(key), let found = entries[key]
            else { continue }
            return (key.count, found)
        }
        return nil
    }
}
