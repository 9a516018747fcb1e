import Crypto

/// What tells a function from others, wherever it stands.
enum Fingerprint {
    /// SHA-256 of language, full name and content, where every run of space counts as one and none at the ends of lines: the same after the
    /// function has moved, or been indented anew, and another one after it has been changed. The first 32 hexadecimal digits.
    static func of(_ text: String, _ qualifiedName: String, _ language: SourceLanguage) -> String {
        var content: [UInt8] = []
        content.reserveCapacity(text.utf8.count)
        for word in text.utf8.split(whereSeparator: \.isSpaceOrControl) { content += Array(word) + [0x20] }
        let name = Array("\(language.rawValue)\n\(qualifiedName)\n".utf8)
        return String(SHA256.hash(data: name + content).hexadecimal.prefix(32))
    }
}
