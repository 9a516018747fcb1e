/// Rule `e-mail`: addresses of people are replaced by one that belongs to nobody (RFC 2606).
///
///     "write to jane.doe@corp.example.net."  ->  "write to user@example.com."
package enum EmailAddresses {
    package static func replace(_ bytes: [UInt8]) -> [UInt8] {
        bytes.view { text in
            guard text.contains(0x40) else { return bytes }
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            var start = 0
            var position = 0
            while let at = text.position(of: 0x40, from: position) {
                position = at + 1
                var local = at
                while local > start, isLocal(text[local - 1]) { local -= 1 }
                var end = at + 1
                var dots = 0
                var afterDot = 0
                while end < text.count,
                    text[end].isLetter || text[end].isDigit || text[end] == 0x2D || text[end] == 0x2E
                {
                    if text[end] == 0x2E {
                        dots += 1
                        afterDot = end + 1
                    }
                    end += 1
                }
                // A full stop behind the address ends the sentence, not the name.
                if end > 0, text[end - 1] == 0x2E {
                    end -= 1
                    dots -= 1
                    afterDot = (text[at..<end].lastIndex(of: 0x2E) ?? at) + 1
                }
                let top = text[afterDot..<max(afterDot, end)]
                guard local < at, dots >= 1, top.count >= 2, top.allSatisfy(\.isLetter) else { continue }
                out.append(text, start..<local)
                out.append("user@example.com")
                start = end
                position = end
            }
            out.append(text, start..<text.count)
            return out
        }
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == 0x2E || byte == 0x5F || byte == 0x25 || byte == 0x2B || byte == 0x2D
    }
}
