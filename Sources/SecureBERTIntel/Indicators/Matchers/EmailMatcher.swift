/// Addresses of mail: a local part of the letters, digits and marks that are in use (a part of the dot-atom of RFC
/// 5322), at most 64 bytes (RFC 5321), and a domain below a public suffix. The user "git" of a remote repository is
/// none.
enum EmailMatcher {
    /// - Parameters:
    ///   - sign: Where "@" is.
    ///   - first: Where the address may begin at the earliest.
    static func match(sign: Int, notBefore first: Int, in text: RefangedText) -> IndicatorMatch? {
        guard let start = localStart(before: sign, notBefore: first, in: text), text.startsName(at: sign + 1) else {
            return nil
        }
        let token = TextToken(at: sign + 1, in: text)
        let domain = token.range
        guard token.dots > 0, let host = HostName(domain, in: text), host.suffixLabels != nil else { return nil }
        let local = text.string(start..<sign)
        guard !(local == "git" && text[domain.upperBound] == ":") else { return nil }
        return IndicatorMatch(type: .email, range: start..<domain.upperBound, value: "\(local)@\(host.name)")
    }

    private static func localStart(before sign: Int, notBefore first: Int, in text: RefangedText) -> Int? {
        var start = sign
        while start > first, sign - start <= 64, isLocal(text[start - 1]) { start -= 1 }
        // Without the punctuation before the address.
        while start < sign, !text[start].isAlphanumeric, text[start] != "_" { start += 1 }
        guard (1...64).contains(sign - start), text[sign - 1] != "." else { return nil }
        return start
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        switch byte {
        case ".", "_", "-", "+", "%", "&", "~": true
        default: byte.isAlphanumeric
        }
    }
}
