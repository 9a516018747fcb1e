/// Rule `furniture` for web sites and records: the menus and notices that the pages of a source share go from the start and the end of
/// each page, numbers in them aside.
///
/// A line is furniture when at least 40 % of a sample of the pages have it (of records, 15 %), and at least four. From both ends of a page such
/// lines are removed until five lines in a row are none, so that headings inside of the pages stay.
///
/// In records of JSON, YAML and XML such lines, of 60 bytes or more, are removed wherever they are: notices that an issuer
/// puts into every advisory.
package struct SiteFurniture: Sendable {
    private let lines: Set<UInt64>
    private static let least = 4
    private static let reach = 5
    private static let longLine = 60

    /// Where furniture is looked for.
    package enum Place: Sendable {
        /// At the start and the end of a text.
        case ends
        /// In long lines anywhere.
        case anywhere

        /// The least share of a sample that must have a line.
        var share: Double { self == .ends ? 0.4 : 0.15 }
    }

    private let place: Place
    /// Pages looked at.
    static let sample = 48

    package var isEmpty: Bool { lines.isEmpty }
    /// Equal for equal lines.
    var digest: UInt64 { lines.reduce(0) { $0 ^ $1.mixed } }

    init() {
        lines = []
        place = .ends
    }

    /// Finds the lines that pages share.
    package init(pages: [[UInt8]], place: Place = .ends) {
        self.place = place
        var counts: [UInt64: Int] = [:]
        for page in pages {
            var keys: Set<UInt64> = []
            page.view { text in
                text.forEachLine { line in
                    if place == .anywhere, line.count < Self.longLine { return }
                    if let key = Self.key(text, line) { keys.insert(key) }
                }
            }
            for key in keys { counts[key, default: 0] += 1 }
        }
        let least = max(Self.least, Int((Double(pages.count) * place.share).rounded(.up)))
        lines = Set(counts.filter { $0.value >= least }.keys)
    }

    /// The page without the lines it shares with others at its start and end.
    package func remove(from page: [UInt8]) -> [UInt8] {
        guard !lines.isEmpty else { return page }
        return page.view { text in
            var ranges: [Range<Int>] = []
            var isFurniture: [Bool?] = []
            text.forEachLine { line in
                ranges.append(line)
                isFurniture.append(Self.key(text, line).map(lines.contains))
            }
            var removed = Array(repeating: false, count: ranges.count)
            switch place {
            case .anywhere: removed = isFurniture.map { $0 == true }
            case .ends:
                mark(Array(isFurniture.indices), isFurniture, &removed)
                mark(isFurniture.indices.reversed(), isFurniture, &removed)
            }
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            for (index, range) in ranges.enumerated() where !removed[index] {
                out.append(text, range)
                out.append(0x0A)
            }
            return out
        }
    }

    private func mark(_ indices: [Int], _ isFurniture: [Bool?], _ removed: inout [Bool]) {
        var others = 0
        for index in indices {
            // Empty lines count neither way.
            guard let isIt = isFurniture[index] else { continue }
            if isIt { removed[index] = true }
            others = isIt ? 0 : others + 1
            if others == Self.reach { return }
        }
    }

    /// Hash of a line's letters, with every digit the same; nil for a line without any.
    private static func key(_ text: ByteView, _ line: Range<Int>) -> UInt64? {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var count = 0
        for position in line where text[position].isWord {
            hash = (hash ^ UInt64(text[position].isDigit ? 0x30 : text[position].lowercased)) &* 0x100_0000_01B3
            count += 1
        }
        return count > 0 ? hash.mixed : nil
    }
}
