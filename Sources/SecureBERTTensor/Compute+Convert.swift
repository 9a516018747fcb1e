import CSecureBERTKernels

extension Compute {
    /// The same numbers as float32; the tensor itself when it already is.
    /// - Throws: ``TensorError`` for integer tensors.
    public func float32(_ x: Tensor) throws(TensorError) -> Tensor {
        guard x.elementType != .float32 else { return x }
        guard let type = x.elementType.kernelType else {
            throw TensorError(
                .elementTypeMismatch, operation: "convert", expected: "a floating-point type",
                found: x.elementType.rawValue)
        }
        let result = try Tensor(uninitialized: x.shape)
        withExtendedLifetime(x) {
            sb_convert(x.bytes.baseAddress, type, result.mutableBytes?.baseAddress, .SB_F32, x.shape.count)
        }
        return result
    }
}
