/// Rule `licence header`: the comment at the start of a source file that only says who may copy it is in thousands of files,
/// and goes. The document keeps its licence as a field.
///
///     "/* Copyright 2020 X\n * MIT licensed */\nint x;"  ->  "int x;"
package enum LicenseHeader {
    package static func remove(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var end = 0
            var position = 0
            // A script's first line says what runs it.
            if text.has("#!", at: 0) { position = (text.position(of: 0x0A, from: 0) ?? text.count - 1) + 1 }
            let start = position
            if let open = firstWord(text, position), text.has("/*", at: open) {
                end = text.position(of: "*/", from: open).map { $0 + 2 } ?? 0
            } else {
                while let open = firstWord(text, position), isLineComment(text, open) {
                    let next = text.position(of: 0x0A, from: open) ?? text.count
                    end = next
                    // An empty line ends the comment.
                    position = next + 1
                    if position < text.count, text[position] == 0x0A { break }
                }
            }
            guard end > start, mentionsLicense(text, start..<min(end, start + 20_000)) else { return bytes }
            return Array(text[..<start]) + Array(text[min(end + 1, text.count)...])
        }
    }

    private static func firstWord(_ text: ByteView, _ start: Int) -> Int? {
        var position = start
        while position < text.count, text[position].isSpace { position += 1 }
        return position < text.count ? position : nil
    }

    private static func isLineComment(_ text: ByteView, _ position: Int) -> Bool {
        text.has("//", at: position) || text.has("--", at: position) || text.has(";;", at: position)
            || text.has("#", at: position) && !text.has("#include", at: position) && !text.has("#define", at: position)
                && !text.has("#if", at: position) && !text.has("#pragma", at: position)
    }

    private static func mentionsLicense(_ text: ByteView, _ range: Range<Int>) -> Bool {
        for position in range {
            switch text[position] | 0x20 {
            case 0x63: if text.hasIgnoringCase("copyright", at: position) { return true }
            case 0x6C:
                if text.hasIgnoringCase("license", at: position) || text.hasIgnoringCase("licence", at: position) {
                    return true
                }
            case 0x73: if text.hasIgnoringCase("spdx-", at: position) { return true }
            default: break
            }
        }
        return false
    }
}
