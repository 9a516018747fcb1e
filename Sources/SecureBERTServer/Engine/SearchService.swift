import SecureBERTJSON

/// Searches an index, for `/v1/search`.
package struct SearchService: Sendable {
    /// What the index is, for `/info`.
    let json: JSON
}
