import SecureBERTIntel

/// What is found in a text, as "type value".
func extracted(_ text: String) -> [String] {
    IndicatorExtractor()(text).map { "\($0.type.rawValue) \($0.value)" }
}

/// What is found in a text, as it is written.
func extractedTexts(_ text: String) -> [String] { IndicatorExtractor()(text).map(\.text) }
