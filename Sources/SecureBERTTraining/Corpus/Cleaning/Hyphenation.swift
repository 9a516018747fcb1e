/// Rule `hyphenation`: a word that was broken at the end of a line is put together, for text from PDF and other set pages.
///
///     "a vulner-\nability in"  ->  "a vulnerability in"
///     "a man-in-\nthe-middle"  ->  "a man-in-the-middle"    (the part before has a hyphen of its own)
///     "pages 3-\n5"            ->  unchanged
package enum Hyphenation {
    package static func join(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var position = 0
            while let hyphen = text.position(of: "-\n", from: position) {
                var next = hyphen + 2
                while next < text.count, text[next].isBlank { next += 1 }
                let isWord =
                    hyphen > position && text[hyphen - 1].isLowercase && next < text.count && text[next].isLowercase
                guard isWord else {
                    out.append(text, position..<hyphen + 2)
                    position = hyphen + 2
                    continue
                }
                var start = hyphen
                while start > position, text[start - 1].isLetter { start -= 1 }
                let isCompound = start > position && text[start - 1] == 0x2D
                out.append(text, position..<(isCompound ? hyphen + 1 : hyphen))
                position = next
            }
            out.append(text, position..<text.count)
            return out
        }
    }
}
