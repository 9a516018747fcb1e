/// Names of files with one of the extensions in `FileExtensions`: "evil.exe", "libssl.so.1.1".
///
/// A name with spaces is taken whole when it is all that stands in quotation marks, or when it follows "File Name:",
/// and has a capital or a digit before the last space.
///
/// None are names of products and of detections ("Node.js", "Trojan.JS", "Exploit.PDF"), calls ("console.log("),
/// namespaces ("System.Xml"), a sentence that begins right behind another ("attack.Log"), and an extension without a
/// name behind a word that lost its space ("such as.exe").
enum FileNameMatcher {
    /// - Parameter first: Where a name may begin at the earliest.
    static func match(_ token: TextToken, notBefore first: Int, in text: RefangedText) -> IndicatorMatch? {
        let range = token.range
        guard token.dots > 0, range.count <= 255, range.lowerBound < token.lastDot, token.lastDot < range.upperBound
        else {
            return nil
        }
        let bytes = text.bytes[range]
        let last = bytes[(token.lastDot + 1)...]
        guard FileExtensions.contains(last) || isVersionedLibrary(bytes), !isInitial(bytes, last) else { return nil }
        guard text.isDefanged(range) || !isSomethingElse(bytes, last, behind: text[range.upperBound]) else {
            return nil
        }
        let start = nameStart(range, in: text).flatMap { $0 >= first ? $0 : nil } ?? range.lowerBound
        return IndicatorMatch(
            type: .fileName, range: start..<range.upperBound, value: text.string(start..<range.upperBound))
    }

    /// An extension of one letter is in lower case and has a longer name: "U.S.C" and "D.C" are none.
    private static func isInitial(_ name: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>) -> Bool {
        guard last.count == 1, last.allSatisfy(\.isLetter) else { return false }
        return last.allSatisfy(\.isUppercase) || name.dropLast(2).reversed().prefix { $0 != "." }.count < 2
    }

    /// "libssl.so.1.1": numbers behind "so".
    private static func isVersionedLibrary(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let so = labels.lastIndex(where: { !$0.allSatisfy(\.isDigit) }), so > 0, so < labels.count - 1 else {
            return false
        }
        return labels[so].elementsEqual("so".utf8)
    }

    /// Where a name with spaces begins: behind a quotation mark that is closed behind the name, or behind "File Name:"
    /// when the line ends with the name. No more than 100 bytes are read.
    private static func nameStart(_ range: Range<Int>, in text: RefangedText) -> Int? {
        var mark = range.lowerBound
        while mark > range.lowerBound - 100, isNameByte(text[mark - 1]) { mark -= 1 }
        var start = mark
        while start < range.lowerBound, !text[start].isAlphanumeric { start += 1 }
        guard start < range.lowerBound,
            text.bytes[start..<range.lowerBound].contains(where: { $0.isDigit || $0.isUppercase })
        else { return nil }
        if text[mark - 1] == ":" {
            guard let label = text.word(before: mark)?.word, labels.contains(label) else { return nil }
            let end = text.end(from: range.upperBound, limit: 4) { $0 == "*" || $0.isBlank }
            return text[end] < 0x20 || text[end] == "|" ? start : nil
        }
        let isQuoted = [mark - 1, mark - 3].contains {
            QuotedText(at: $0, limit: 355, in: text)?.content == mark..<range.upperBound
        }
        return isQuoted && start == mark ? start : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case " ", "-", "_", ".", "&", "+", "(", ")": true
        default: byte.isAlphanumeric
        }
    }

    private static func isSomethingElse(_ name: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>, behind: UInt8) -> Bool {
        if behind == "(" { return true }
        let first = name.prefix { $0 != "." }
        if let word = ShortWord(first), detections.contains(word) { return true }
        if first.count + last.count + 1 == name.count, let word = ShortWord(first.prefix(8)), connectives.contains(word)
        {
            return true
        }
        let isCapitalized = last.first?.isUppercase == true && last.dropFirst().contains(where: \.isLowercase)
        let isNamespace = ShortWord(first) == "system" || first.first?.isLowercase == true
        if isCapitalized, isNamespace { return true }
        // "Node.js": a product; "node.js" too.
        guard ShortWord(last) == "js", first.count + last.count + 1 == name.count else { return false }
        let isTitle = first.first?.isUppercase == true && first.dropFirst().allSatisfy(\.isLowercase)
        return isTitle || ShortWord(first).map(products.contains) == true
    }

    /// Words before an extension alone, without the space: "such as.exe". By their first eight letters.
    private static let connectives = ShortWord.set(
        "an and as by for from in into is of on or the to used using via with containi called encrypte")
    private static let detections = ShortWord.set(
        "trojan backdoor exploit worm virus ransom adware spyware malware dropper heur win32 win64 w32 w64 html vbs pua"
    )
    private static let labels = ShortWord.set("name filename file document")
    private static let products = ShortWord.set("node vue react next nuxt express angular electron three d3")
}
