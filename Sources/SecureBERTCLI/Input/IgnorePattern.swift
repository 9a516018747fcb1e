/// A line of a `.gitignore`, matched as git does (gitignore(5), wildmatch).
///
/// The pattern is an automaton whose states are all followed at once, so the time is bounded by the product of the lengths, whatever
/// the pattern.
struct IgnorePattern {
    private enum Part: Equatable {
        case byte(UInt8)
        /// `?`: anything but a slash.
        case any
        /// `[...]`, which never is a slash.
        case set([ClosedRange<UInt8>], isNegated: Bool)
        /// `*`: a run without a slash.
        case run
        /// A leading `**/` or an inner `/**/`: any folders, which the next part reads, or none.
        case folders
        /// The names of those folders.
        case folderNames
        /// A `/**` at the end: whatever is inside.
        case inside
    }

    /// Whether a match takes the path back in.
    let isNegated: Bool
    /// Whether only folders match.
    let isFolderOnly: Bool
    /// Whether the whole path is compared rather than the last name.
    private let isAnchored: Bool
    private let parts: [Part]

    /// - Parameter line: Without its end.
    /// - Returns: nil for a line that is empty, a comment, or can match nothing.
    init?(_ line: some Collection<UInt8>) {
        var text = Self.withoutTrailingSpace(Array(line))
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        isNegated = first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        isFolderOnly = text.last == UInt8(ascii: "/")
        if isFolderOnly { text.removeLast() }
        isAnchored = text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text.removeFirst() }
        guard !text.isEmpty, let parts = Self.parts(text) else { return nil }
        self.parts = parts
    }

    private static func withoutTrailingSpace(_ line: [UInt8]) -> [UInt8] {
        var line = line
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        while line.last == UInt8(ascii: " ") {
            var escapes = 0
            while escapes + 1 < line.count, line[line.count - 2 - escapes] == UInt8(ascii: "\\") { escapes += 1 }
            if !escapes.isMultiple(of: 2) { break }
            line.removeLast()
        }
        return line
    }

    private static func parts(_ text: [UInt8]) -> [Part]? {
        let (slash, star) = (UInt8(ascii: "/"), UInt8(ascii: "*"))
        var parts: [Part] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case star:
                var end = index
                while end < text.count, text[end] == star { end += 1 }
                let startsName = index == 0 || text[index - 1] == slash
                let endsName = end == text.count || text[end] == slash
                if end - index >= 2, startsName, endsName {
                    if end == text.count {
                        parts.append(.inside)
                    } else {
                        parts += [.folders, .folderNames]
                        end += 1
                    }
                } else {
                    parts.append(.run)
                }
                index = end
            case UInt8(ascii: "?"):
                parts.append(.any)
                index += 1
            case UInt8(ascii: "["):
                guard let (set, end) = set(text, index) else { return nil }
                parts.append(set)
                index = end
            case UInt8(ascii: "\\"):
                guard index + 1 < text.count else { return nil }
                parts.append(.byte(text[index + 1]))
                index += 2
            default:
                parts.append(.byte(text[index]))
                index += 1
            }
        }
        return parts
    }

    /// The set that begins at a bracket and where it ends; nil when it does not end.
    private static func set(_ text: [UInt8], _ start: Int) -> (Part, Int)? {
        var index = start + 1
        let isNegated = index < text.count && (text[index] == UInt8(ascii: "!") || text[index] == UInt8(ascii: "^"))
        if isNegated { index += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        var isFirst = true
        func byte() -> UInt8? {
            if index < text.count, text[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < text.count else { return nil }
            defer { index += 1 }
            return text[index]
        }
        while index < text.count {
            if text[index] == UInt8(ascii: "]"), !isFirst { return (.set(ranges, isNegated: isNegated), index + 1) }
            isFirst = false
            if text[index...].starts(with: "[:".utf8), let (own, end) = characterClass(text, index) {
                ranges += own
                index = end
                continue
            }
            guard let low = byte() else { return nil }
            if index + 1 < text.count, text[index] == UInt8(ascii: "-"), text[index + 1] != UInt8(ascii: "]") {
                index += 1
                guard let high = byte() else { return nil }
                if low <= high { ranges.append(low...high) }
            } else {
                ranges.append(low...low)
            }
        }
        return nil
    }

    private static func characterClass(_ text: [UInt8], _ start: Int) -> ([ClosedRange<UInt8>], Int)? {
        let rest = text[start...].prefix(16)
        for (name, ranges) in classes where rest.starts(with: "[:\(name):]".utf8) {
            return (ranges, start + name.utf8.count + 4)
        }
        return nil
    }

    private static let (digits, upper, lower): (ClosedRange<UInt8>, ClosedRange<UInt8>, ClosedRange<UInt8>) = (
        0x30...0x39, 0x41...0x5A, 0x61...0x7A
    )
    private static let classes: [(String, [ClosedRange<UInt8>])] = [
        ("alpha", [upper, lower]), ("digit", [digits]), ("alnum", [digits, upper, lower]), ("upper", [upper]),
        ("lower", [lower]), ("space", [0x09...0x0D, 0x20...0x20]), ("blank", [0x09...0x09, 0x20...0x20]),
        ("punct", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]), ("print", [0x20...0x7E]),
        ("graph", [0x21...0x7E]), ("cntrl", [0x00...0x1F, 0x7F...0x7F]),
        ("xdigit", [digits, 0x41...0x46, 0x61...0x66]),
    ]

    // MARK: - Matching

    /// Whether a path matches.
    /// - Parameter path: Relative to the folder of the file that the pattern is from.
    func matches(_ path: some BidirectionalCollection<UInt8>) -> Bool {
        if isAnchored { return matchesAll(path) }
        return matchesAll(
            path.suffix(from: path.lastIndex(of: UInt8(ascii: "/")).map(path.index(after:)) ?? path.startIndex))
    }

    private func matchesAll(_ path: some Sequence<UInt8>) -> Bool {
        var states = [Bool](repeating: false, count: parts.count + 1)
        var next = states
        states[0] = true
        skipEmpty(&states)
        for byte in path {
            for index in next.indices { next[index] = false }
            for (index, part) in parts.enumerated() where states[index] {
                let isSlash = byte == UInt8(ascii: "/")
                switch part {
                case .byte(let own): if own == byte { next[index + 1] = true }
                case .any: if !isSlash { next[index + 1] = true }
                case .set(let ranges, let isNegated):
                    if !isSlash, ranges.contains(where: { $0.contains(byte) }) != isNegated { next[index + 1] = true }
                case .run: if !isSlash { next[index] = true }
                case .folders: break
                case .folderNames:
                    next[index] = true
                    if isSlash { next[index + 1] = true }
                case .inside:
                    next[index] = true
                    next[index + 1] = true
                }
            }
            swap(&states, &next)
            skipEmpty(&states)
            guard states.contains(true) else { return false }
        }
        return states[parts.count]
    }

    /// What can be empty is passed over.
    private func skipEmpty(_ states: inout [Bool]) {
        for (index, part) in parts.enumerated() where states[index] {
            if part == .run || part == .folders { states[index + 1] = true }
            if part == .folders { states[index + 2] = true }
        }
    }
}
