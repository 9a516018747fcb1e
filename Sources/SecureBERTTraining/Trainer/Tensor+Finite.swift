import SecureBERTTensor

extension Tensor {
    /// Whether every element is a finite number.
    /// - Throws: `TensorError` when the elements are not float32.
    var isFinite: Bool {
        get throws { try withFloats { elements in elements.allSatisfy(\.isFinite) } }
    }
}
