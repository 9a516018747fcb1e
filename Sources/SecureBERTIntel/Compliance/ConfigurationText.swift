/// Configuration as text: `sshd_config`, INI, YAML, JSON, shell variables.
enum ConfigurationText {
    /// Endings of files that are configuration.
    static let endings = [
        ".conf", ".cfg", ".cnf", ".config", ".ini", ".inf", ".json", ".reg", ".yaml", ".yml", ".toml", ".properties",
        ".env", ".rules",
    ]
    /// Endings of files that are prose.
    private static let proseEndings = [".txt", ".md", ".markdown", ".html", ".htm", ".pdf"]
    /// A block of settings has at most this many lines, so that a long file is not one block.
    private static let longBlock = 12

    /// Whether a text is configuration: by the ending of its name, and without one that is known by most of its lines.
    static func isConfiguration(_ bytes: [UInt8], name: String) -> Bool {
        let name = name.lowercased()
        if endings.contains(where: name.hasSuffix) { return true }
        if proseEndings.contains(where: name.hasSuffix) { return false }
        // As much as tells.
        let lines = bytes.prefix(1 << 16).split(separator: 0x0A).filter { $0.contains { $0 > 0x20 } }
        let settings = lines.count { Kind($0) == .setting }
        let others = lines.count { Kind($0) == .prose }
        return settings > 0 && settings > others
    }

    private enum Kind {
        /// `[name]` and `name {` begin a section, `}` ends one.
        case comment, section, end, setting, prose

        init(_ line: ArraySlice<UInt8>) {
            let line = line.drop { $0 == 0x20 || $0 == 0x09 }
            if line.starts(with: "#".utf8) || line.starts(with: ";".utf8) || line.starts(with: "//".utf8) {
                self = .comment
            } else if line.first == UInt8(ascii: "[") && line.contains(UInt8(ascii: "]"))
                || line.last == UInt8(ascii: "{")
            {
                self = .section
            } else if line.allSatisfy({ "{}[](),;".utf8.contains($0) }) {
                self = .end
            } else {
                self = Self.isSetting(line) ? .setting : .prose
            }
        }

        /// `key = value`, `key: value`, or a key and one or two values, as in `sshd_config`.
        private static func isSetting(_ line: ArraySlice<UInt8>) -> Bool {
            let key = line.prefix { $0 > 0x20 && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ":") }
            let rest = line[key.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
            if let first = rest.first, first == UInt8(ascii: "=") || first == UInt8(ascii: ":") { return true }
            let words = rest.split { $0 <= 0x20 }
            return !key.isEmpty && (1...2).contains(words.count) && line.last != UInt8(ascii: ".")
        }
    }

    /// A line of a block.
    private struct Line {
        let range: Range<Int>
        let number: Int
        let kind: Kind
        let isIndented: Bool
        /// Whether the next line belongs to it, as a backslash at the end says.
        let goesOn: Bool
        /// Whether it ends with a semicolon, as every setting of nginx and BIND does, however deep it stands.
        let isStatement: Bool

        var isSetting: Bool { kind == .setting || kind == .prose }
    }

    /// What is mapped as one: a setting with the comment above it; of formats that nest, such as YAML and JSON, the lines below a key. What is
    /// commented out sets nothing and is left out.
    static func blocks(_ bytes: [UInt8]) -> [PolicyText.Passage] {
        var blocks: [PolicyText.Passage] = []
        var lines: [Line] = []
        var (section, comment): (Range<Int>?, Range<Int>?) = (nil, nil)
        func finish() {
            guard let first = lines.first, let last = lines.last else { return }
            let heading = first.kind == .section ? nil : first.kind == .comment ? section : comment ?? section
            blocks.append(
                .init(
                    range: first.range.lowerBound..<last.range.upperBound, lines: first.number...last.number,
                    sentences: lines.map(\.range), heading: heading))
            lines = []
        }
        var (start, number) = (0, 0)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[start..<end]
            number += 1
            let indent = line.prefix { $0 == 0x20 || $0 == 0x09 }.count
            let content = start + indent..<(line.lastIndex { $0 > 0x20 } ?? start + indent - 1) + 1
            start = end + 1
            guard !content.isEmpty, !isCommentedOut(bytes[content]) else {
                finish()
                comment = nil
                continue
            }
            let next = Line(
                range: content, number: number, kind: Kind(bytes[content]),
                // Items of YAML may stand right below their key.
                isIndented: indent > 0 || bytes[content].starts(with: "- ".utf8),
                goesOn: bytes[content.upperBound - 1] == UInt8(ascii: "\\"),
                isStatement: bytes[content.upperBound - 1] == UInt8(ascii: ";"))
            if lines.count >= longBlock || isFirst(next, after: lines) { finish() }
            switch next.kind {
            case .section: (section, comment) = (content, nil)
            case .comment:
                let isLonger = lines.last?.kind == .comment
                comment =
                    (isLonger ? comment?.lowerBound ?? content.lowerBound : content.lowerBound)..<content.upperBound
            case .end:
                finish()
                section = nil
                continue
            case .setting, .prose: break
            }
            lines.append(next)
        }
        finish()
        return blocks
    }

    /// Whether a line begins what is mapped as one.
    private static func isFirst(_ line: Line, after lines: [Line]) -> Bool {
        guard let last = lines.last, last.isSetting else { return false }
        guard line.isSetting else { return true }
        if last.goesOn { return false }
        // Below a key that nests; a key at the margin ends that.
        let isNested = lines.contains { $0.isSetting && $0.isIndented } || line.isIndented
        return isNested ? !line.isIndented || line.isStatement : true
    }

    /// `#PermitRootLogin yes`, as files come with the defaults: a setting directly behind the mark.
    private static func isCommentedOut(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: ";") else { return false }
        let rest = line.dropFirst()
        return rest.first?.isLetter == true && Kind(rest) == .setting
    }

    /// Whether a line explains and sets nothing.
    static func isComment(_ line: ArraySlice<UInt8>) -> Bool { Kind(line) == .comment }

    /// The text with the names of settings in words: `PermitRootLogin` as "Permit Root Login", `net.ipv4.ip_forward` as "net ipv4 ip
    /// forward".
    static func inWords(_ text: String) -> String {
        var words: [UInt8] = []
        var last: UInt8 = 0x20
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isUpper = (0x41...0x5A).contains(byte)
            if isUpper, (0x61...0x7A).contains(last) { words.append(0x20) }
            // A full stop between words, not one in a number or at the end of a sentence.
            let isInner =
                byte == UInt8(ascii: ".") && last > 0x20 && index + 1 < bytes.count && bytes[index + 1].isLetter
            words.append(isInner || "_-=:\"{}[],;#/\\".utf8.contains(byte) ? 0x20 : byte)
            last = byte
        }
        return String(decoding: words, as: UTF8.self)
    }
}
