import SecureBERT

/// How values are written for PostgreSQL.
package enum PostgresText {
    /// A text as the database can hold it: U+0000, which it cannot, becomes U+FFFD.
    static func storable(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
    }

    /// An array of texts, `{"a","b"}`.
    package static func array(_ values: some Sequence<String>) -> String {
        var text = "{"
        for (index, value) in values.enumerated() {
            text += index == 0 ? "\"" : ",\""
            for scalar in storable(value).unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
            text += "\""
        }
        return text + "}"
    }

    /// An array of numbers, `{1,2}`.
    package static func array(_ values: some Sequence<Int64>) -> String {
        "{" + values.map(String.init).joined(separator: ",") + "}"
    }

    /// A vector as pgvector reads it: numbers, `[0.5,-1]`, or signs as bits, `10`.
    package static func vector(_ vector: [Float], as format: VectorFormat) -> String {
        switch format {
        case .float32, .int8: "[" + vector.map { "\($0)" }.joined(separator: ",") + "]"
        case .binary: String(decoding: vector.map { $0 >= 0 ? UInt8(ascii: "1") : UInt8(ascii: "0") }, as: UTF8.self)
        }
    }

    /// The longest word and the most bytes of words of a passage that are kept; PostgreSQL's limits are 2 KiB and 1 MiB.
    private static let longestWord = 1024
    private static let mostWordBytes = 1 << 19
    /// The last place of a word that PostgreSQL tells from others.
    private static let lastPlace = 16_383

    /// The words of a passage and their places, a `tsvector`. Made here, not by PostgreSQL's parser, so that the same words are found
    /// as in an index that is a folder: a phrase of `CVE-2024-1234` is the words `cve`, `2024`, `1234` next to each other.
    package static func words(title: String, text: String) -> String {
        var places: [String: [Int]] = [:]
        var order: [String] = []
        var place = 0
        var bytes = 0
        for part in [title, text] {
            for word in allWords(part) {
                place += 1
                guard word.utf8.count <= longestWord, place <= lastPlace else { continue }
                bytes += word.utf8.count + 8
                guard bytes <= mostWordBytes else { break }
                if places[word] == nil { order.append(word) }
                places[word, default: []].append(place)
            }
            // The last word of a title and the first of the text are no phrase.
            place += 1
        }
        return order.map { word in
            "\(lexeme(word)):" + (places[word] ?? []).map(String.init).joined(separator: ",")
        }.joined(separator: " ")
    }

    /// A `tsquery` that any of the words or phrases satisfies; nil when nothing of the query can be found.
    package static func query(_ query: KeywordQuery) -> String? {
        let words = query.words.filter(isKept).map(lexeme)
        let phrases = query.phrases.filter { $0.allSatisfy(isKept) && !$0.isEmpty }.map { phrase in
            "(" + phrase.map(lexeme).joined(separator: " <-> ") + ")"
        }
        let parts = words + phrases
        return parts.isEmpty ? nil : parts.joined(separator: " | ")
    }

    private static func isKept(_ word: String) -> Bool { !word.isEmpty && word.utf8.count <= longestWord }

    /// A word in quotes, nothing of which is syntax.
    private static func lexeme(_ word: String) -> String {
        "'" + storable(word).replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
    }

    private static let allWords = {
        var words = SearchWords(stopWords: [])
        words.minimumLength = 1
        return words
    }()
}

/// Rows for `COPY ... FROM STDIN` in its text format.
package struct PostgresCopyRows {
    package init() {}

    package private(set) var bytes: [UInt8] = []

    /// Adds a row; nil is NULL.
    package mutating func add(_ fields: [String?]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "\t")) }
            guard let field else {
                bytes += Array("\\N".utf8)
                continue
            }
            for byte in PostgresText.storable(field).utf8 {
                switch byte {
                case UInt8(ascii: "\\"): bytes += Array("\\\\".utf8)
                case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
                case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
                case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
                default: bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Gives the rows out and starts anew.
    package mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }
}
