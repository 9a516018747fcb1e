import Crypto

/// The two files of a token shard. All numbers are little-endian.
///
/// `NAME.ids`: a header of 64 bytes, then the ids of all documents one after the other, two bytes each when the
/// vocabulary has at most 65,536 ids, otherwise four.
///
/// | bytes | header of `NAME.ids` |
/// |---|---|
/// | 0..<8 | "SBERTIDS" |
/// | 8..<12 | version |
/// | 12..<16 | bytes of an id, 2 or 4 |
/// | 16..<24 | number of ids |
/// | 24..<56 | SHA-256 of the tokenizer |
/// | 56..<64 | zero |
///
/// `NAME.index`: a header of 192 bytes, then columns with one entry per document, then the names of the sources.
///
/// | bytes | header of `NAME.index` |
/// |---|---|
/// | 0..<8 | "SBERTIDX" |
/// | 8..<12 | version |
/// | 12..<16 | bytes of an id |
/// | 16..<24 | documents |
/// | 24..<32 | ids |
/// | 32..<40 | bytes of text |
/// | 40..<44 | sources |
/// | 44..<48 | least number of ids the vocabulary must have |
/// | 48..<56 | bytes behind this header |
/// | 56..<64 | documents left out because they gave no ids |
/// | 64..<96 | SHA-256 of the tokenizer |
/// | 96..<128 | SHA-256 of the input file |
/// | 128..<160 | SHA-256 of the ids |
/// | 160..<192 | SHA-256 of everything behind this header |
///
/// Columns: `starts` (documents + 1 numbers of 8 bytes, the last is the number of ids), bytes of text (4 bytes each),
/// source (2 bytes each), kind (1 byte each: 0 text, 1 code). Then each source's name: its length in 4 bytes, UTF-8.
enum TokenShardFormat {
    static let version: UInt32 = 1
    static let idsMagic = Array("SBERTIDS".utf8)
    static let indexMagic = Array("SBERTIDX".utf8)
    static let idsHeader = 64
    static let indexHeader = 192
    static let maximumSources = 65_535

    /// Bytes of an id for a vocabulary of that size.
    static func idSize(vocabularySize: Int) -> Int { vocabularySize <= 65_536 ? 2 : 4 }
}

extension [UInt8] {
    /// Appends a number in little-endian order.
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension Digest {
    /// The digest in lowercase hexadecimal digits.
    var hex: String { Array(self).hex }
}

extension Sequence<UInt8> {
    /// The bytes in lowercase hexadecimal digits.
    var hex: String {
        reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
