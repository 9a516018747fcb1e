/// Something in a text that defenders look for: an address, a name, a hash, an identifier.
public struct Indicator: Sendable, Hashable {
    public let type: IndicatorType
    /// As it is written, defanged or not.
    public let text: String
    /// Refanged, and in the one form of its type: hosts, hashes and hardware addresses in lower case, identifiers as
    /// their catalogue writes them ("CVE-2021-44228", "AS13335"), paths and registry keys with single backslashes. A
    /// port that stands behind an address or a domain is not part of it.
    public let value: String
    /// Where it is, in bytes of the text's UTF-8; half-open.
    public let range: Range<Int>
    /// The port behind an address or a domain.
    public let port: Int?
    /// Whether it was written so that it cannot be clicked.
    public let isDefanged: Bool

    /// - Parameters: As the properties; `range` is not checked.
    package init(
        type: IndicatorType, text: String, value: String, range: Range<Int>, port: Int? = nil, isDefanged: Bool = false
    ) {
        (self.type, self.text, self.value, self.range) = (type, text, value, range)
        (self.port, self.isDefanged) = (port, isDefanged)
    }
}
