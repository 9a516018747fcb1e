/// The words of a log line with what varies between lines of one statement replaced by `<*>`: numbers, addresses, hexadecimal
/// identifiers, paths, UUIDs, host names with digits. One pass over the bytes, whatever they are.
///
/// Buffers are kept between lines, so reading a line allocates nothing once they have grown.
struct LogWords {
    /// What stands for a variable part, as in the labelled sets of Loghub (Zhu et al., ISSRE 2023).
    static let wildcard: [UInt8] = Array("<*>".utf8)
    static let wildcardHash = hash(wildcard[...])
    /// A fragment with more bytes is data, not a word of the program's author.
    static let longestFragment = 64
    /// Fragments with marks between them are one word; it is data, too, when it has more bytes than this.
    static let longestWord = 256

    /// The masked words one behind the other.
    private(set) var bytes: [UInt8] = []
    /// Where each word ends in ``bytes``.
    private(set) var ends: [Int] = []
    /// A hash of each word, to tell words apart quickly; equal hashes are compared by their bytes.
    private(set) var hashes: [UInt64] = []
    /// Whether the line had more words than were wanted.
    private(set) var isCut = false

    var count: Int { ends.count }

    func range(_ word: Int) -> Range<Int> { (word == 0 ? 0 : ends[word - 1])..<ends[word] }

    /// The words with blanks between.
    var text: String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + count)
        for word in 0..<count {
            if word > 0 { out.append(0x20) }
            out += bytes[range(word)]
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads a line.
    /// - Parameters:
    ///   - line: Its bytes, without header.
    ///   - limit: Words behind this many are left out.
    mutating func read(_ line: ArraySlice<UInt8>, limit: Int) {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        isCut = false
        line.withUnsafeBufferPointer { line in
            var position = 0
            while true {
                while position < line.count, line[position].isSpaceOrControl { position += 1 }
                guard position < line.count else { break }
                guard ends.count < limit else {
                    isCut = true
                    break
                }
                let start = bytes.count
                while position < line.count, !line[position].isSpaceOrControl {
                    let end = Self.fragmentEnd(line, position)
                    if end == position {
                        bytes.append(line[position])
                        position += 1
                    } else {
                        append(UnsafeBufferPointer(rebasing: line[position..<end]))
                        position = end
                    }
                }
                if bytes.count - start > Self.longestWord {
                    bytes.removeLast(bytes.count - start)
                    bytes += Self.wildcard
                }
                ends.append(bytes.count)
                hashes.append(Self.hash(bytes[start...]))
            }
        }
    }

    /// Words that were put together before.
    mutating func read(words: [[UInt8]]) {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        isCut = false
        for word in words {
            bytes += word
            ends.append(bytes.count)
            hashes.append(Self.hash(word[...]))
        }
    }

    /// Fragments are what stands between white space and these marks.
    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case "=", ":", ",", ";", "(", ")", "[", "]", "{", "}", "<", ">", "\"", "'", "`", "|", "@", "&", "?", "!", "#",
            "$",
            "*":
            true
        default: false
        }
    }

    private static func fragmentEnd(_ line: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < line.count, !line[end].isSpaceOrControl, !isMark(line[end]) { end += 1 }
        return end
    }

    /// Appends a fragment, or a wildcard in its place or in that of the number at its end.
    private mutating func append(_ fragment: UnsafeBufferPointer<UInt8>) {
        switch Self.kept(of: fragment) {
        case fragment.count:
            // Templates are kept as text, so what is no UTF-8 must be the same here as there.
            if fragment.contains(where: { $0 >= 0x80 }) {
                bytes += String(decoding: fragment, as: UTF8.self).utf8
            } else {
                bytes.append(contentsOf: fragment)
            }
        case let count:
            bytes += String(decoding: fragment[..<count], as: UTF8.self).utf8
            bytes += Self.wildcard
        }
    }

    /// How many bytes at the start of a fragment are the author's; the rest varies.
    private static func kept(of fragment: UnsafeBufferPointer<UInt8>) -> Int {
        guard fragment.count <= longestFragment else { return 0 }
        var (digits, letters, hexadecimals, firstDigit) = (0, 0, 0, -1)
        var hasBackslash = false
        for (index, byte) in fragment.enumerated() {
            if byte.isDigit {
                digits += 1
                if firstDigit < 0 { firstDigit = index }
            } else if byte.isLetter || byte >= 0x80 {
                letters += 1
                if byte.isHexDigit { hexadecimals += 1 }
            } else if byte == "\\" {
                hasBackslash = true
            }
        }
        if letters + digits > 0, fragment[0] == "/" || hasBackslash { return 0 }
        if digits == 0 {
            return letters >= 8 && hexadecimals == letters && letters == fragment.count ? 0 : fragment.count
        }
        let isNumber = letters == 0 || hexadecimals == letters || isHexadecimal(fragment[firstDigit...])
        if firstDigit == 0 || letters == 0 { return isNumber || isVariable(digits, letters) ? 0 : fragment.count }
        // "core.118", "part_-407", "enabled.....0": words before a number. A sign is the number's.
        let before = fragment[firstDigit - 1]
        if !before.isLetter, before < 0x80, isHexadecimal(fragment[firstDigit...]) {
            let isSign = before == "-" && firstDigit > 1 && !fragment[firstDigit - 2].isAlphanumeric
            return isSign ? firstDigit - 1 : firstDigit
        }
        return isVariable(digits, letters) || hexadecimals == letters && digits + letters >= 6 ? 0 : fragment.count
    }

    /// Names have few digits ("jk2_init", "x86_64"); what has many is an identifier of a thing.
    private static func isVariable(_ digits: Int, _ letters: Int) -> Bool {
        digits >= 4 || digits * 3 >= digits + letters
    }

    /// A number in any base that is used, perhaps with a unit's letter less than two bytes long, and marks inside it.
    private static func isHexadecimal(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var others = 0
        for byte in bytes where !byte.isHexDigit && byte.isLetter || byte >= 0x80 { others += 1 }
        return others == 0 || others == 1 && bytes.count > 2 && bytes[bytes.startIndex + 1].lowercased == "x"
    }

    /// FNV-1a, 64 bits (Fowler, Noll and Vo): the same in every run.
    static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
