import SecureBERTTokenizers

/// What offsets count.
package enum OffsetCounting: String, CaseIterable, Sendable {
    /// Unicode scalars, as Python slices.
    case scalars
    /// Bytes, as files and Swift's `utf8`.
    case utf8
    /// Code units, as JavaScript and Java.
    case utf16

    package var unit: OffsetUnit {
        switch self {
        case .scalars: .unicodeScalars
        case .utf8: .utf8
        case .utf16: .utf16
        }
    }

    /// The range in this unit.
    package func of(_ range: TextRange) -> Range<Int> {
        switch self {
        case .scalars: range.scalars
        case .utf8: range.utf8
        case .utf16: range.utf16
        }
    }
}
