/// What the reference library says about every Unicode scalar. The data is written by
/// Scripts/fixtures/make_unicode_tables.py, decoded once when first needed (about a millisecond) and then immutable.
enum UnicodeTables {
    static let properties = ScalarPropertyTable(packed: propertiesData)
    static let combiningClasses = CombiningClassTable(packed: combiningClassesData)
    static let lowercase = ScalarMapping(packed: lowercaseData)
    static let canonical = ScalarMapping(packed: canonicalData)
    static let compatible = ScalarMapping(packed: compatibleData)
    static let compositions = CompositionTable(packed: compositionsData)
}

/// The questions the tokenizer asks about a scalar, one bit each. The same name in different engines means different
/// sets ("number" is `\p{N}` of the reference's regular expressions, "numeric" its `Digits` pre-tokenizer), because
/// the reference uses several Unicode versions.
enum ScalarProperty {
    /// `\p{L}`
    static let letter: UInt16 = 1 << 0
    /// `\p{N}`
    static let number: UInt16 = 1 << 1
    /// `\s` of split patterns.
    static let space: UInt16 = 1 << 2
    /// `\w` of the `Whitespace` pre-tokenizer and of added tokens.
    static let word: UInt16 = 1 << 3
    /// White space everywhere outside split patterns.
    static let whitespace: UInt16 = 1 << 4
    static let numeric: UInt16 = 1 << 5
    static let punctuation: UInt16 = 1 << 6
    /// What `clean_text` of the BERT normalizer removes.
    static let control: UInt16 = 1 << 7
    /// What `strip_accents` of the BERT normalizer removes after decomposition.
    static let nonspacingMark: UInt16 = 1 << 8
    /// What the `StripAccents` normalizer removes.
    static let combiningMark: UInt16 = 1 << 9
    /// What the BERT normalizer surrounds with spaces.
    static let cjk: UInt16 = 1 << 10
    /// The canonical combining class is not 0.
    static let reorders: UInt16 = 1 << 11
    /// A text of such scalars alone is its own normal form.
    static let inertNFC: UInt16 = 1 << 12
    static let inertNFD: UInt16 = 1 << 13
    static let inertNFKC: UInt16 = 1 << 14
    static let inertNFKD: UInt16 = 1 << 15
}

/// Property words in a two-stage table: blocks of 128 scalars, equal blocks shared.
///
/// Unchecked because of the raw pointers: they are written once in `init`, never freed and never changed.
struct ScalarPropertyTable: @unchecked Sendable {
    private let blocks: UnsafePointer<UInt16>
    private let words: UnsafePointer<UInt16>

    private static let blockSize = 128
    private static let scalarCount = 0x110000

    init(packed: StaticString) {
        var reader = PackedReader(base64: packed)
        var index = [UInt16](repeating: 0, count: Self.scalarCount / Self.blockSize)
        var table: [UInt16] = []
        var uniform: [UInt16: UInt16] = [:]
        var block: [UInt16] = []
        block.reserveCapacity(Self.blockSize)
        var runLength = 0
        var word: UInt16 = 0
        for blockIndex in index.indices {
            if runLength >= Self.blockSize, let known = uniform[word] {
                runLength -= Self.blockSize
                index[blockIndex] = known
                continue
            }
            block.removeAll(keepingCapacity: true)
            while block.count < Self.blockSize {
                if runLength == 0 {
                    runLength = reader.next()
                    word = UInt16(truncatingIfNeeded: reader.next())
                }
                let count = min(runLength, Self.blockSize - block.count)
                block.append(contentsOf: repeatElement(word, count: count))
                runLength -= count
            }
            let position = UInt16(truncatingIfNeeded: table.count / Self.blockSize)
            if block.allSatisfy({ $0 == word }) { uniform[word] = position }
            index[blockIndex] = position
            table.append(contentsOf: block)
        }
        blocks = Self.immortal(index)
        words = Self.immortal(table)
    }

    private static func immortal(_ values: [UInt16]) -> UnsafePointer<UInt16> {
        let memory = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: max(values.count, 1))
        _ = memory.initialize(from: values)
        return UnsafePointer(memory.baseAddress ?? UnsafeMutablePointer<UInt16>.allocate(capacity: 1))
    }

    /// The property word of a scalar value (at most 0x10FFFF, which valid UTF-8 guarantees).
    @inline(__always) subscript(scalar: UInt32) -> UInt16 {
        words[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 0x7F)]
    }
}

/// Canonical combining classes; most scalars have class 0.
struct CombiningClassTable: Sendable {
    private var scalars: [UInt32] = []
    private var classes: [UInt8] = []

    init(packed: StaticString) {
        var reader = PackedReader(base64: packed)
        var scalar = 0
        for _ in 0..<reader.next() {
            scalar += reader.next()
            scalars.append(UInt32(truncatingIfNeeded: scalar))
            classes.append(UInt8(truncatingIfNeeded: reader.next()))
        }
    }

    subscript(scalar: UInt32) -> UInt8 {
        guard UnicodeTables.properties[scalar] & ScalarProperty.reorders != 0,
            let index = binarySearch(scalars, scalar)
        else { return 0 }
        return classes[index]
    }
}

/// Scalars that become other scalars, one or several.
struct ScalarMapping: Sendable {
    private var keys: [UInt32] = []
    private var starts: [UInt32] = [0]
    private var targets: [UInt32] = []

    init(packed: StaticString) {
        var reader = PackedReader(base64: packed)
        var scalar = 0
        for _ in 0..<reader.next() {
            scalar += reader.next()
            keys.append(UInt32(truncatingIfNeeded: scalar))
            for _ in 0..<reader.next() { targets.append(UInt32(truncatingIfNeeded: scalar + reader.nextSigned())) }
            starts.append(UInt32(truncatingIfNeeded: targets.count))
        }
    }

    /// What the scalar becomes, or nil when it stays itself.
    subscript(scalar: UInt32) -> ArraySlice<UInt32>? {
        guard let index = binarySearch(keys, scalar) else { return nil }
        return targets[Int(starts[index])..<Int(starts[index + 1])]
    }
}

/// Pairs of scalars that compose to one, except Hangul, which is arithmetic.
struct CompositionTable: Sendable {
    private var keys: [UInt64] = []
    private var composites: [UInt32] = []

    init(packed: StaticString) {
        var reader = PackedReader(base64: packed)
        var first = 0
        for _ in 0..<reader.next() {
            first += reader.next()
            keys.append(UInt64(truncatingIfNeeded: first) << 32 | UInt64(truncatingIfNeeded: reader.next()))
            composites.append(UInt32(truncatingIfNeeded: reader.next()))
        }
    }

    subscript(first: UInt32, second: UInt32) -> UInt32? {
        binarySearch(keys, UInt64(first) << 32 | UInt64(second)).map { composites[$0] }
    }
}

private func binarySearch<Element: Comparable>(_ sorted: [Element], _ value: Element) -> Int? {
    var low = 0
    var high = sorted.count
    while low < high {
        let middle = (low + high) / 2
        if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == value ? low : nil
}

/// Reads the variable-length integers of the generated tables. The data is part of the program, so a wrong character
/// is a programmer's mistake.
private struct PackedReader {
    private var bytes: [UInt8] = []
    private var position = 0

    init(base64: StaticString) {
        var bits: UInt32 = 0
        var count = 0
        bytes.reserveCapacity(base64.utf8CodeUnitCount * 3 / 4)
        for character in UnsafeBufferPointer(start: base64.utf8Start, count: base64.utf8CodeUnitCount) {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: continue
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
    }

    mutating func next() -> Int {
        var value = 0
        var shift = 0
        while true {
            precondition(position < bytes.count, "generated Unicode table is cut short")
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func nextSigned() -> Int {
        let value = next()
        return value & 1 == 0 ? value >> 1 : -(value >> 1) - 1
    }
}
