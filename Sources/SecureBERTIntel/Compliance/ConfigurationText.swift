/// Configuration as text: `sshd_config`, INI, YAML, JSON, shell variables.
enum ConfigurationText {
    /// Endings of files that are configuration.
    static let endings = [
        ".conf", ".cfg", ".cnf", ".config", ".ini", ".json", ".yaml", ".yml", ".toml", ".properties", ".env", ".rules",
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
        case comment, section, setting, prose

        init(_ line: ArraySlice<UInt8>) {
            let line = line.drop { $0 == 0x20 || $0 == 0x09 }
            if line.starts(with: "#".utf8) || line.starts(with: ";".utf8) || line.starts(with: "//".utf8) {
                self = .comment
            } else if line.first == UInt8(ascii: "["), line.contains(UInt8(ascii: "]")) {
                self = .section
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

    /// Blocks of settings: they end at empty lines, before comments and sections, and in YAML before the next key that is not indented.
    static func blocks(_ bytes: [UInt8]) -> [PolicyText.Passage] {
        var blocks: [PolicyText.Passage] = []
        var lines: [(range: Range<Int>, number: Int, kind: Kind, isIndented: Bool)] = []
        func finish() {
            guard let first = lines.first, let last = lines.last else { return }
            blocks.append(
                .init(
                    range: first.range.lowerBound..<last.range.upperBound, lines: first.number...last.number,
                    sentences: lines.map(\.range), heading: nil))
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
            guard !content.isEmpty else {
                finish()
                continue
            }
            let kind = Kind(bytes[content])
            let hasSettings = lines.contains { $0.kind == .setting || $0.kind == .prose }
            let isNext = indent == 0 && lines.contains(where: \.isIndented)
            if lines.count >= longBlock || isNext || hasSettings && (kind == .comment || kind == .section) { finish() }
            lines.append((content, number, kind, indent > 0))
        }
        finish()
        return blocks
    }

    /// The text with the names of settings in words: `PermitRootLogin` as "Permit Root Login", `password_min_len` as "password min len".
    static func inWords(_ text: String) -> String {
        var words: [UInt8] = []
        var last: UInt8 = 0x20
        for byte in text.utf8 {
            let isUpper = (0x41...0x5A).contains(byte)
            if isUpper, (0x61...0x7A).contains(last) { words.append(0x20) }
            words.append("_-=:\"{}[],;#/".utf8.contains(byte) ? 0x20 : byte)
            last = byte
        }
        return String(decoding: words, as: UTF8.self)
    }
}
