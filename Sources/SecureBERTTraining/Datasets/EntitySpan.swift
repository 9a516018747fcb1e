/// A named entity: its type and where it is.
public struct EntitySpan: Sendable, Hashable {
    /// The type: "Malware".
    public let type: String
    /// What it covers: words of a sentence, or Unicode scalars of a text, as the place it is used in says.
    public let range: Range<Int>

    /// An entity of a type in a place.
    public init(type: String, range: Range<Int>) {
        self.type = type
        self.range = range
    }
}
