/// Finds the templates of log lines one line after the other, in bounded memory: Drain (He, Zhu, Zheng and Lyu, "Drain: An Online Log
/// Parsing Approach with Fixed Depth Tree", ICWS 2017).
///
/// What varies by its form is masked first (numbers, addresses, paths). Lines are then compared only with templates of as many
/// words that start with the same word; a line joins the one that shares most words with it, and the words that differ become wildcards;
/// when none shares enough, it is a new template. Unlike Drain, templates are limited: the one that was not used for longest makes room.
/// The same lines in the same order give the same templates.
public struct LogTemplateMiner: Sendable {
    /// What decides whether a line belongs to a template.
    public struct Settings: Sendable, Hashable {
        /// The share of a line's words that must be those of the template, of 1.
        public var similarity = 0.5
        /// Templates that are kept.
        public var maximumTemplates = 4096
        /// First words of lines of one length that are told apart; lines with others are compared among each other.
        public var maximumFirstWords = 100
        /// Templates of one length and first word that are kept.
        public var maximumTemplatesPerGroup = 256
        /// Words of a line that are looked at.
        public var maximumWords = 128

        /// The settings that `securebert logs` uses.
        public init() {}
    }

    /// What became of a line.
    public struct Match: Sendable, Hashable {
        /// The template's ``LogTemplate/id``.
        public let id: Int
        /// Whether this is its first line.
        public let isNew: Bool
        /// Whether its text is another one than before this line.
        public let isChanged: Bool
    }

    private struct Group: Hashable {
        let words: Int
        /// Hash of the first word; that of a wildcard for words that vary.
        let first: UInt64
    }

    private struct Entry {
        let id: Int
        let group: Group
        var bytes: [UInt8]
        var ends: [Int]
        var hashes: [UInt64]
        var isCut: Bool
        var count: Int
        /// Nothing changes or removes it.
        var isFixed = false
        /// Number of the line that used it last.
        var lastUse = 0
        var older = -1
        var newer = -1
    }

    /// What decides whether a line belongs to a template.
    public let settings: Settings
    /// Slots of templates, and those that are free.
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var slots: [Int: Int] = [:]
    private var groups: [Group: [Int]] = [:]
    private var firstWords: [Int: Int] = [:]
    /// The ends of the list of entries in the order of their use; fixed ones are not in it.
    private var (oldest, newest) = (-1, -1)
    private var nextID = 1
    private var lines = 0
    private var words = LogWords()

    /// A miner without templates.
    /// - Parameter settings: What decides whether a line belongs to a template.
    public init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Number of templates.
    public var count: Int { slots.count }

    /// A template; nil when there is none or it had to make room.
    public func template(_ id: Int) -> LogTemplate? {
        guard let slot = slots[id], let entry = entries[slot] else { return nil }
        return Self.template(entry)
    }

    /// All templates, by id.
    public var templates: [LogTemplate] { entries.compactMap { $0.map(Self.template) }.sorted { $0.id < $1.id } }

    /// Takes a line and finds or makes its template.
    /// - Parameter line: The bytes of its content, without time and host; any bytes.
    public mutating func add(_ line: ArraySlice<UInt8>) -> Match {
        words.read(line, limit: settings.maximumWords)
        lines += 1
        let group = self.group()
        if let (slot, isSame) = best(in: group) {
            let isChanged = isSame ? false : merge(slot)
            entries[slot]?.count += 1
            entries[slot]?.lastUse = lines
            if entries[slot]?.isFixed == false { moveToEnd(slot) }
            return Match(id: entries[slot]?.id ?? 0, isNew: false, isChanged: isChanged)
        }
        return Match(id: insert(group, isFixed: false), isNew: true, isChanged: false)
    }

    /// Adds a template of an earlier run, which from now on nothing changes: only lines that fit it as it is belong to it.
    /// - Parameters:
    ///   - text: As ``LogTemplate/text``.
    ///   - count: Its lines.
    /// - Returns: Its new id.
    public mutating func addFixed(_ text: String, count: Int) -> Int {
        let words = text.utf8.split(separator: 0x20).map(Array.init)
        self.words.read(words: Array(words.prefix(settings.maximumWords)))
        let id = insert(group(), isFixed: true)
        if let slot = slots[id] { entries[slot]?.count = count }
        return id
    }

    private static func template(_ entry: Entry) -> LogTemplate {
        var out: [UInt8] = []
        out.reserveCapacity(entry.bytes.count + entry.ends.count)
        var start = 0
        for end in entry.ends {
            if start > 0 { out.append(0x20) }
            out += entry.bytes[start..<end]
            start = end
        }
        if entry.isCut { out += " ...".utf8 }
        return LogTemplate(id: entry.id, text: String(decoding: out, as: UTF8.self), count: entry.count)
    }

    // MARK: Search

    private func group() -> Group {
        guard let first = words.hashes.first else { return Group(words: 0, first: 0) }
        let isVariable = words.bytes[words.range(0)].contains { $0.isDigit || $0 == "*" }
        let group = Group(words: words.count, first: isVariable ? LogWords.wildcardHash : first)
        guard groups[group] == nil, firstWords[words.count, default: 0] >= settings.maximumFirstWords else {
            return group
        }
        return Group(words: words.count, first: LogWords.wildcardHash)
    }

    /// The template that shares most words with the line, of those that share enough; of equal ones the one with most wildcards, as in
    /// Drain. `isSame` when the line changes nothing about it.
    private func best(in group: Group) -> (slot: Int, isSame: Bool)? {
        guard let candidates = groups[group] else { return nil }
        let needed = Int((settings.similarity * Double(words.count)).rounded(.up))
        var best: (slot: Int, isSame: Bool)?
        var (bestEqual, bestWildcards) = (-1, -1)
        for slot in candidates {
            guard let entry = entries[slot] else { continue }
            var (equal, wildcards, different) = (0, 0, 0)
            for index in entry.hashes.indices {
                let hash = entry.hashes[index]
                if hash == words.hashes[index], isEqual(entry, index) {
                    equal += 1
                } else if hash == LogWords.wildcardHash {
                    wildcards += 1
                } else {
                    different += 1
                    // Fixed templates allow no difference; of others too many end the comparison.
                    if entry.isFixed || different > words.count - needed { break }
                }
            }
            let fits = different == 0 || !entry.isFixed && equal >= needed
            guard fits, equal > bestEqual || equal == bestEqual && wildcards > bestWildcards else { continue }
            best = (slot, different == 0)
            (bestEqual, bestWildcards) = (equal, wildcards)
        }
        return best
    }

    private func isEqual(_ entry: Entry, _ word: Int) -> Bool {
        let range = (word == 0 ? 0 : entry.ends[word - 1])..<entry.ends[word]
        return entry.bytes[range].elementsEqual(words.bytes[words.range(word)])
    }

    // MARK: Change

    /// Makes wildcards of the words that differ from the line's; says whether there were any.
    private mutating func merge(_ slot: Int) -> Bool {
        guard let entry = entries[slot] else { return false }
        var (bytes, ends, hashes): ([UInt8], [Int], [UInt64]) = ([], [], entry.hashes)
        var (start, isChanged) = (0, false)
        for (index, end) in entry.ends.enumerated() {
            if hashes[index] == words.hashes[index], isEqual(entry, index) {
                bytes += entry.bytes[start..<end]
            } else {
                isChanged = isChanged || hashes[index] != LogWords.wildcardHash
                bytes += LogWords.wildcard
                hashes[index] = LogWords.wildcardHash
            }
            ends.append(bytes.count)
            start = end
        }
        entries[slot]?.bytes = bytes
        entries[slot]?.ends = ends
        entries[slot]?.hashes = hashes
        return isChanged
    }

    private mutating func insert(_ group: Group, isFixed: Bool) -> Int {
        if !isFixed { makeRoom(in: group) }
        // Copies of what is there: the buffers themselves have room for the longest line so far.
        func copy<Element>(_ buffer: [Element]) -> [Element] { buffer.withUnsafeBufferPointer { Array($0) } }
        var entry = Entry(
            id: nextID, group: group, bytes: copy(words.bytes), ends: copy(words.ends), hashes: copy(words.hashes),
            isCut: words.isCut, count: 1)
        (entry.isFixed, entry.lastUse) = (isFixed, lines)
        nextID += 1
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            entries[slot] = entry
        } else {
            slot = entries.count
            entries.append(entry)
        }
        slots[entry.id] = slot
        if groups[group] == nil { firstWords[group.words, default: 0] += 1 }
        groups[group, default: []].append(slot)
        if !isFixed { appendToEnd(slot) }
        return entry.id
    }

    /// Removes what was not used for longest where there is no room for one more.
    private mutating func makeRoom(in group: Group) {
        let members = (groups[group] ?? []).filter { entries[$0]?.isFixed == false }
        if members.count >= settings.maximumTemplatesPerGroup,
            let slot = members.min(by: { entries[$0]?.lastUse ?? 0 < entries[$1]?.lastUse ?? 0 })
        {
            remove(slot)
        }
        while count >= settings.maximumTemplates, oldest >= 0 { remove(oldest) }
    }

    private mutating func remove(_ slot: Int) {
        guard let entry = entries[slot] else { return }
        unlink(slot)
        entries[slot] = nil
        free.append(slot)
        slots[entry.id] = nil
        groups[entry.group]?.removeAll { $0 == slot }
        if groups[entry.group]?.isEmpty == true {
            groups[entry.group] = nil
            let rest = firstWords[entry.group.words, default: 1] - 1
            firstWords[entry.group.words] = rest > 0 ? rest : nil
        }
    }

    // MARK: The list by use

    private mutating func appendToEnd(_ slot: Int) {
        entries[slot]?.older = newest
        entries[slot]?.newer = -1
        if newest >= 0 { entries[newest]?.newer = slot } else { oldest = slot }
        newest = slot
    }

    private mutating func unlink(_ slot: Int) {
        guard let entry = entries[slot] else { return }
        if entry.older >= 0 { entries[entry.older]?.newer = entry.newer } else { oldest = entry.newer }
        if entry.newer >= 0 { entries[entry.newer]?.older = entry.older } else { newest = entry.older }
    }

    private mutating func moveToEnd(_ slot: Int) {
        guard newest != slot else { return }
        unlink(slot)
        appendToEnd(slot)
    }
}
