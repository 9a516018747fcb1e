/// Confidence from 0 to 100, as STIX 2.1 (appendix A) counts it and the other formats are given it.
enum Confidence {
    /// An id of a catalogue stands in the text.
    static let identified = 100
    /// A name of the knowledge base stands in the text; it may mean something else there.
    static let named = 80
    /// An address that was made unclickable, or a hash: the author means it as an indicator.
    static let hostile = 80
    /// Anything else that looks like an indicator; it may be harmless.
    static let plain = 40

    /// A probability in percent.
    static func percent(_ probability: Float) -> Int {
        probability.isFinite ? Int((min(1, max(0, probability)) * 100).rounded()) : 0
    }
}
