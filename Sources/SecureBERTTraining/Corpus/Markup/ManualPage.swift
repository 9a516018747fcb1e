/// Rule `manual pages`: prose and code of a page written with the `man` or `mdoc` macros of roff, without its markup.
///
/// Only what manual pages use is understood: sections, paragraphs, tagged lists, fonts and characters. Examples between
/// `.nf` and `.fi`, `.EX` and `.EE`, `.Bd` and `.Ed` are code; tables and macro definitions are left out.
///
///     .SH DESCRIPTION
///     .B ls
///     lists files; see \fB\-a\fR.     ->  "DESCRIPTION\n\nls lists files; see -a."
struct ManualPage {
    private let text: ByteView
    private var out = ExtractedText()
    private var paragraph: [UInt8] = []
    private var code: [UInt8] = []
    private var isCode = false
    /// The macro that ends what is being left out.
    private var skippedUntil: String?
    /// Whether the next line is the tag of a list item.
    private var expectsTag = false
    private var name: [UInt8] = []
    private var isSkippedSection = false

    /// The prose and the code of a page.
    static func extract(_ bytes: [UInt8]) -> ExtractedText {
        bytes.view { text in
            var reader = ManualPage(text)
            text.forEachLine { reader.read($0) }
            reader.endParagraph()
            reader.endCode()
            return reader.out
        }
    }

    private init(_ text: ByteView) { self.text = text }

    private mutating func read(_ line: Range<Int>) {
        let isMacro = line.count > 1 && (text[line.lowerBound] == 0x2E || text[line.lowerBound] == 0x27)
        if let end = skippedUntil {
            if isMacro, String(decoding: text[line.dropFirst()].prefix { !$0.isSpace }, as: UTF8.self) == end {
                skippedUntil = nil
            }
            return
        }
        if isMacro {
            macro(text.trimmed(line.lowerBound + 1..<line.upperBound))
        } else {
            append(text[line])
        }
    }

    // MARK: - Macros

    private mutating func macro(_ line: Range<Int>) {
        let name = String(decoding: text[line].prefix { !$0.isSpace }, as: UTF8.self)
        let rest = text.trimmed(min(line.upperBound, line.lowerBound + name.utf8.count)..<line.upperBound)
        // mdoc calls macros inside of lines, man does not.
        switch name {
        case "TH", "Dt": out.title = Self.plain(arguments(rest).first ?? [])
        case "SH", "SS", "Sh", "Ss": section(rest)
        case "PP", "LP", "P", "Pp", "sp", "RS", "RE", "HP", "El", "Bl": endParagraph()
        case "br", "D1", "Dl":
            endParagraph(isTight: true)
            if !rest.isEmpty { append(words(rest)) }
        case "TP", "TQ":
            endParagraph()
            expectsTag = true
        case "It":
            endParagraph(isTight: true)
            append(mdoc(rest))
            endParagraph(isTight: true)
        case "IP":
            endParagraph()
            let tag = Self.plain(arguments(rest).first ?? [])
            if tag.contains(where: \.isWord) {
                append(tag)
                endParagraph(isTight: true)
            } else {
                // A bullet, or an indented paragraph.
                paragraph.append(contentsOf: tag.isEmpty ? [] : [0x2D, 0x20])
            }
        case "nf", "EX", "Bd", "Vb":
            endParagraph()
            isCode = true
        case "fi", "EE", "Ed", "Ve":
            isCode = false
            endCode()
        case "TS": skippedUntil = "TE"
        case "EQ": skippedUntil = "EN"
        case "de", "ig", "de1", "am": skippedUntil = "."
        case "B", "I", "SM", "SB": append(words(rest))
        case "BR", "RB", "BI", "IB", "IR", "RI": append(Array(arguments(rest).joined()))
        case "UR", "MT", "UE", "ME", "ft", "ad", "na", "hy", "nh", "ie", "el", "if", "ds", "nr", "so", "in", "ti", "ne",
            "ta",
            "tr", "PD", "DT", "Dd", "Os", "rm", "ll", "mk", "\\\"", "eo", "ec", "cc", "ce", "rs", "warn", "IX", "als",
            "rr",
            "Sm", "Bk", "Ek", "Rs", "Re", "Ft", "Fo", "Fc", "sv", "tm", "bp", "ev", "it", "pl", "po", "SY", "YS", "ps",
            "lf":
            break
        case "OP": append(Array(arguments(rest).joined(separator: [0x20])))
        case "Nm":
            let words = mdoc(rest)
            if self.name.isEmpty { self.name = words }
            append(words.isEmpty ? self.name : words)
        default:
            // mdoc's macros are two letters, the second lowercase.
            if name.utf8.count == 2, name.utf8.last.map(\.isLowercase) == true,
                name.utf8.first.map(\.isUppercase) == true
            {
                append(mdoc(line))
            }
        }
    }

    private mutating func section(_ range: Range<Int>) {
        endParagraph()
        isCode = false
        endCode()
        let title = words(range)
        isSkippedSection = Self.skippedSections.contains(
            String(decoding: Self.plain(title), as: UTF8.self).uppercased())
        append(title)
        endParagraph()
    }

    private static let skippedSections: Set<String> = [
        "SEE ALSO", "AUTHOR", "AUTHORS", "COPYRIGHT", "BUGS", "REPORTING BUGS", "COLOPHON", "HISTORY", "AVAILABILITY",
        "RESOURCES", "VERSION",
    ]

    // MARK: - Lines of text

    private mutating func append(_ line: some Collection<UInt8>) {
        let plain = Self.plain(line)
        if isCode {
            code.append(contentsOf: plain)
            code.append(0x0A)
            return
        }
        guard plain.contains(where: { !$0.isSpace }) else {
            endParagraph()
            return
        }
        if let last = paragraph.last, !last.isSpace { paragraph.append(0x20) }
        paragraph.append(contentsOf: plain.trimmedSpace)
        if expectsTag {
            expectsTag = false
            endParagraph(isTight: true)
        }
    }

    private mutating func endParagraph(isTight: Bool = false) {
        expectsTag = false
        guard !paragraph.isEmpty else { return }
        if !isSkippedSection, paragraph.contains(where: \.isWord) {
            out.text.append(contentsOf: paragraph)
            out.text.append(isTight ? "\n" : "\n\n")
        }
        paragraph.removeAll(keepingCapacity: true)
    }

    private mutating func endCode() {
        if !isSkippedSection, code.contains(where: { !$0.isSpace }) { out.code.append(code) }
        code.removeAll(keepingCapacity: true)
    }

    // MARK: - Arguments

    private func words(_ range: Range<Int>) -> [UInt8] {
        Array(arguments(range).joined(separator: [0x20]))
    }

    /// The arguments of a macro; quotes hold several words together.
    private func arguments(_ range: Range<Int>) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var position = range.lowerBound
        while position < range.upperBound {
            while position < range.upperBound, text[position].isBlank { position += 1 }
            guard position < range.upperBound else { break }
            // A comment ends the line.
            if text.has("\\\"", at: position) { break }
            var word: [UInt8] = []
            if text[position] == 0x22 {
                position += 1
                while position < range.upperBound {
                    if text[position] == 0x22 {
                        if text.has("\"\"", at: position) { position += 1 } else { break }
                    }
                    word.append(text[position])
                    position += 1
                }
                position += 1
            } else {
                while position < range.upperBound, !text[position].isBlank {
                    word.append(text[position])
                    // An escaped space does not end the word.
                    if text[position] == 0x5C, position + 1 < range.upperBound {
                        position += 1
                        word.append(text[position])
                    }
                    position += 1
                }
            }
            result.append(word)
        }
        return result
    }

    /// A line of mdoc: names of macros give the punctuation they stand for.
    private func mdoc(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        var closers: [UInt8] = []
        var glue = false
        func append(_ bytes: some Collection<UInt8>) {
            let isClosing = bytes.count == 1 && bytes.first.map { ",.;:)]".utf8.contains($0) } == true
            if let last = out.last, last != 0x20, last != 0x5B, last != 0x28, !glue, !isClosing { out.append(0x20) }
            out.append(contentsOf: bytes)
            glue = false
        }
        for word in arguments(range) {
            switch String(decoding: word, as: UTF8.self) {
            case "Fl":
                append([0x2D])
                glue = true
            case "Op", "Oo":
                append([0x5B])
                glue = true
                closers.append(0x5D)
            case "Oc": out.append(0x5D)
            case "Pq":
                append([0x28])
                glue = true
                closers.append(0x29)
            case "Dq", "Qq": break
            case "Ns", "Ap": glue = true
            case "Ar", "Cm", "Pa", "Em", "Sy", "Li", "Va", "Vt", "Ev", "Dv", "Er", "Nm", "Xr", "Sq", "Ic", "Ql", "No",
                "Fa",
                "Fn", "In", "Tn", "Nd", "Ad", "An", "Lk", "Mt", "Ux", "St", "Ta", "Cd", "Ms", "Pf", "Bq", "Brq", "Aq",
                "Xo", "Xc":
                break
            default: append(word)
            }
        }
        for closer in closers.reversed() where out.last != closer { out.append(closer) }
        return out
    }

    // MARK: - Characters

    /// A line without escape sequences.
    private static func plain(_ line: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(line)
        guard bytes.contains(0x5C) else { return bytes }
        return bytes.view { text in
            var out: [UInt8] = []
            var position = 0
            while position < text.count {
                if text[position] == 0x5C, position + 1 < text.count {
                    position = RoffEscapes.append(text, position + 1, &out)
                } else {
                    if text[position] != 0x5C { out.append(text[position]) }
                    position += 1
                }
            }
            return out
        }
    }
}
