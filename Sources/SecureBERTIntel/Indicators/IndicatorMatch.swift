/// What a matcher has found.
struct IndicatorMatch {
    let type: IndicatorType
    /// Among the refanged bytes.
    let range: Range<Int>
    let value: String
    var port: Int?
    /// Whether more than what `RefangedText` replaced was defanged: the scheme of a URL.
    var isDefanged = false
}
