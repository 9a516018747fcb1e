/// Domain names below a public suffix, with a port or a path.
///
/// Names in code and of files, and sentences that end without a space, look like domains. So a name that is not
/// defanged and does not begin with "www." is none when
/// - its top-level domain has a capital ("System.IO", "attack.The"), unless all of it is in capitals ("EVIL.COM");
/// - it has a capital, and its top-level domain is not one of two letters or of the oldest ("Agent.services",
///   "ASP.NET");
/// - its top-level domain is also an extension of files ("run.sh", "README.md"), and it has only two labels, and no
///   path whose first part is without a dot ("transfer.sh/abc" is a URL);
/// - its top-level domain is a word that often names members in code ("user.name"), unless the suffix has two labels;
/// - it begins like a package of Java or an application ("com.", "java."), like a version ("8.3.0.dev") or with "self";
/// - it follows a backslash or a dollar sign, or is called like a function.
enum DomainMatcher {
    static func match(_ token: TextToken, in text: RefangedText) -> IndicatorMatch? {
        let range = token.range
        guard token.dots > 0, canBeTopLevel(text.bytes[(token.lastDot + 1)..<max(token.lastDot + 1, range.upperBound)]),
            let host = HostName(range, in: text), let suffixLabels = host.suffixLabels
        else { return nil }
        let port = text.port(at: range.upperBound)
        let end = port?.end ?? range.upperBound
        let isCertain = text.isDefanged(range) || host.labels[0] == "www"
        guard isCertain || isPlausible(host, suffixLabels, range, end: end, in: text) else { return nil }
        if let url = URLMatcher.withoutScheme(host: range.lowerBound..<end, in: text) { return url }
        return IndicatorMatch(type: .domain, range: range.lowerBound..<end, value: host.name, port: port?.number)
    }

    /// Letters, or something with letters beyond ASCII, in either form.
    private static func canBeTopLevel(_ label: ArraySlice<UInt8>) -> Bool {
        (2...63).contains(label.count)
            && (label.allSatisfy { $0.isLetter || $0 >= 0x80 } || label.starts(with: "xn--".utf8))
    }

    private static func isPlausible(
        _ host: HostName, _ suffixLabels: Int, _ range: Range<Int>, end: Int, in text: RefangedText
    ) -> Bool {
        let (before, behind) = (text[range.lowerBound - 1], text[range.upperBound])
        if before == "\\" || before == "$" { return false }
        if behind == "(", !text[range.upperBound + 1].isDigit { return false }
        guard let top = host.labels.last, let first = host.labels.first else { return false }
        let bytes = text.bytes[range]
        let word = ShortWord(top.utf8)
        let hasCapital = bytes.contains(where: \.isUppercase)
        if hasCapital {
            let isShouted = !bytes.contains(where: \.isLowercase)
            if bytes.suffix(top.utf8.count).contains(where: \.isUppercase), !isShouted || top == "net" { return false }
            guard top.utf8.count == 2 || word.map(oldest.contains) == true else { return false }
        }
        if host.labels.count == 2, let word, extensions.contains(word) || (hasCapital && bundles.contains(word)) {
            return !hasCapital && text[end] == "/" && isPathWithoutDot(end + 1, in: text)
        }
        if suffixLabels == 1, let word, members.contains(word) { return false }
        if host.labels.count > 2, host.labels.dropLast().allSatisfy({ $0.utf8.allSatisfy(\.isDigit) }) { return false }
        return first != "self" && (host.labels.count == 2 || !packages.contains(String(first)))
    }

    private static func isPathWithoutDot(_ start: Int, in text: RefangedText) -> Bool {
        let end = text.end(from: start, limit: 64) { $0.isAlphanumeric || $0 == "-" || $0 == "_" }
        return end > start && text[end] != "."
    }

    private static let oldest = ShortWord.set("com org net gov edu mil info biz onion")
    private static let extensions = ShortWord.set(
        "sh py pl rs zip mov md so ps pub cab java data inc target one do lib")
    /// Extensions only behind a name with a capital: "Safari.app".
    private static let bundles = ShortWord.set("app cc")
    private static let members = ShortWord.set(
        "name id int run open show call save select map now date new foo bar shell stream zero next")
    private static let packages: Set = ["com", "org", "java", "javax", "android"]
}
