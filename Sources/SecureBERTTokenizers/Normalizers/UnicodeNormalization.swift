/// The four Unicode normalization forms with the alignment of the reference.
struct UnicodeNormalization: Sendable, Equatable {
    let isCompatible: Bool
    let composes: Bool

    static let nfc = UnicodeNormalization(isCompatible: false, composes: true)
    static let nfd = UnicodeNormalization(isCompatible: false, composes: false)
    static let nfkc = UnicodeNormalization(isCompatible: true, composes: true)
    static let nfkd = UnicodeNormalization(isCompatible: true, composes: false)

    /// A text made of scalars with this property is already in the form.
    var inertProperty: UInt16 {
        switch (isCompatible, composes) {
        case (false, true): ScalarProperty.inertNFC
        case (false, false): ScalarProperty.inertNFD
        case (true, true): ScalarProperty.inertNFKC
        case (true, false): ScalarProperty.inertNFKD
        }
    }

    /// Whether the text is its own normal form for certain. Everything below U+00A0 is inert in every form, everything
    /// below U+00C0 in the canonical ones.
    func isInert(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
        let table = UnicodeTables.properties
        let property = inertProperty
        var position = 0
        while position < count {
            if count &- position >= 8 {
                let word = UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self)
                if word & 0x8080_8080_8080_8080 == 0 {
                    position &+= 8
                    continue
                }
            }
            let (scalar, length) = UTF8Reading.scalar(bytes, at: position)
            if scalar >= 0x80, table[scalar] & property == 0 { return false }
            position &+= length
        }
        return true
    }

    func apply(to text: inout AlignedText) {
        let inert = text.bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { isInert($0, count: buffer.count) } ?? true
        }
        if inert { return }
        let decomposed = decompose(text.scalars())
        text.rewrite(composes ? Self.compose(decomposed) : decomposed)
    }

    /// Full decomposition in canonical order. The first scalar of a decomposition replaces the original one, the others
    /// are insertions; the marks carry these flags along when they are reordered, as in the reference.
    private func decompose(_ scalars: [UInt32]) -> [ScalarChange] {
        var result: [ScalarChange] = []
        result.reserveCapacity(scalars.count + scalars.count / 4)
        // Where the marks that may still be reordered start, with their classes.
        var pendingClasses: [UInt8] = []
        func push(_ scalar: UInt32, isFirst: Bool) {
            let combiningClass = UnicodeTables.combiningClasses[scalar]
            if combiningClass == 0 {
                Self.sort(&result, classes: pendingClasses)
                pendingClasses.removeAll(keepingCapacity: true)
            } else {
                pendingClasses.append(combiningClass)
            }
            result.append(ScalarChange(scalar: scalar, change: isFirst ? 0 : 1))
        }
        for scalar in scalars {
            if scalar < 0x80 || UnicodeTables.properties[scalar] & decompositionInert != 0 {
                push(scalar, isFirst: true)
            } else if let syllable = Hangul.decompose(scalar) {
                push(syllable.leading, isFirst: true)
                push(syllable.vowel, isFirst: false)
                if let trailing = syllable.trailing { push(trailing, isFirst: false) }
            } else if let parts = (isCompatible ? UnicodeTables.compatible[scalar] : nil)
                ?? UnicodeTables.canonical[scalar]
            {
                for (index, part) in parts.enumerated() { push(part, isFirst: index == 0) }
            } else {
                push(scalar, isFirst: true)
            }
        }
        Self.sort(&result, classes: pendingClasses)
        return result
    }

    /// Scalars with this property have no decomposition.
    private var decompositionInert: UInt16 { isCompatible ? ScalarProperty.inertNFKD : ScalarProperty.inertNFD }

    /// Sorts the last `classes.count` steps by class, keeping the order within a class.
    private static func sort(_ steps: inout [ScalarChange], classes: [UInt8]) {
        guard classes.count > 1 else { return }
        var isSorted = true
        for index in 1..<classes.count where classes[index] < classes[index - 1] { isSorted = false }
        if isSorted { return }
        let start = steps.count - classes.count
        let order = classes.indices.sorted { (classes[$0], $0) < (classes[$1], $1) }
        let old = Array(steps[start...])
        for (target, source) in order.enumerated() { steps[start + target] = old[source] }
    }

    /// Canonical composition. A composite takes the flags of its parts added up, minus one for each scalar that
    /// disappears, so that removals are counted where they happen.
    private static func compose(_ steps: [ScalarChange]) -> [ScalarChange] {
        var result: [ScalarChange] = []
        result.reserveCapacity(steps.count)
        var starter: ScalarChange?
        var marks: [ScalarChange] = []
        var lastClass: UInt8?
        for step in steps {
            let combiningClass = UnicodeTables.combiningClasses[step.scalar]
            guard let current = starter else {
                if combiningClass == 0 { starter = step } else { result.append(step) }
                continue
            }
            let isBlocked = lastClass.map { $0 >= combiningClass } ?? false
            if !isBlocked,
                let composite = Hangul.compose(current.scalar, step.scalar)
                    ?? UnicodeTables.compositions[current.scalar, step.scalar]
            {
                starter = ScalarChange(scalar: composite, change: current.change + step.change - 1)
            } else if combiningClass == 0 {
                result.append(current)
                result.append(contentsOf: marks)
                marks.removeAll(keepingCapacity: true)
                starter = step
                lastClass = nil
            } else {
                marks.append(step)
                lastClass = combiningClass
            }
        }
        if let starter { result.append(starter) }
        result.append(contentsOf: marks)
        return result
    }
}

/// The arithmetic of Hangul syllables (Unicode Standard, section 3.12).
private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let leading: UInt32 = 0x1100
    static let vowels: UInt32 = 0x1161
    static let trailing: UInt32 = 0x11A7
    static let leadingCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let trailingCount: UInt32 = 28
    static let syllableCount = leadingCount * vowelCount * trailingCount

    static func decompose(_ scalar: UInt32) -> (leading: UInt32, vowel: UInt32, trailing: UInt32?)? {
        guard scalar >= syllables, scalar < syllables + syllableCount else { return nil }
        let index = scalar - syllables
        let tail = index % trailingCount
        return (
            leading + index / (vowelCount * trailingCount), vowels + index / trailingCount % vowelCount,
            tail == 0 ? nil : trailing + tail
        )
    }

    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= leading, first < leading + leadingCount, second >= vowels, second < vowels + vowelCount {
            return syllables + ((first - leading) * vowelCount + second - vowels) * trailingCount
        }
        if first >= syllables, first < syllables + syllableCount, (first - syllables) % trailingCount == 0,
            second > trailing, second < trailing + trailingCount
        {
            return first + second - trailing
        }
        return nil
    }
}
