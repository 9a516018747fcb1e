import ArgumentParser
import SecureBERT
import SecureBERTTokenizers

/// What offsets count.
enum OffsetCounting: String, CaseIterable, ExpressibleByArgument {
    /// Unicode scalars, as Python slices.
    case scalars
    /// Bytes, as files and Swift's `utf8`.
    case utf8
    /// Code units, as JavaScript and Java.
    case utf16

    var unit: OffsetUnit {
        switch self {
        case .scalars: .unicodeScalars
        case .utf8: .utf8
        case .utf16: .utf16
        }
    }

    /// The range in this unit.
    func of(_ range: TextRange) -> Range<Int> {
        switch self {
        case .scalars: range.scalars
        case .utf8: range.utf8
        case .utf16: range.utf16
        }
    }
}

/// The unit of the offsets that are printed.
struct OffsetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What offsets count: Unicode scalars, bytes or UTF-16 units.", valueName: "unit"))
    var offsets = OffsetCounting.scalars
}
