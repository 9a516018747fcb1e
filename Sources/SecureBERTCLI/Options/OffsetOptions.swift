import ArgumentParser
import SecureBERT

extension OffsetCounting: ExpressibleByArgument {}

/// The unit of the offsets that are printed.
struct OffsetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What offsets count: Unicode scalars, bytes or UTF-16 units.", valueName: "unit"))
    var offsets = OffsetCounting.scalars
}
