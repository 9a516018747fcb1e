/// Finds indicators of compromise in reports, messages and logs, defanged or not.
///
/// The time is linear in the length of the text whatever it holds. Of indicators inside of each other (the domain of a
/// URL, the name of a file in a path) only the outermost is given. What is taken for an indicator, and where it ends,
/// is written down at the matcher of its type.
public struct IndicatorExtractor: Sendable {
    private let types: Set<IndicatorType>

    /// - Parameter types: The types in results. What is inside of an indicator of another type is not given either.
    public init(types: Set<IndicatorType> = Set(IndicatorType.allCases)) { self.types = types }

    /// The indicators of a text, in its order and without overlap.
    public func callAsFunction(_ text: String) -> [Indicator] {
        let refanged = RefangedText(text)
        return IndicatorScanner.matches(in: refanged).filter { types.contains($0.type) }.map { match in
            let range = refanged.original(match.range)
            return Indicator(
                type: match.type, text: refanged.originalText(range), value: match.value, range: range,
                port: match.port,
                isDefanged: match.isDefanged || refanged.isDefanged(match.range))
        }
    }
}
