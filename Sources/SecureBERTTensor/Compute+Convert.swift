import CSecureBERTKernels

extension Compute {
    /// The same numbers as float32; the tensor itself when it already is.
    /// - Throws: ``TensorError`` for integer tensors.
    public func float32(_ x: Tensor) throws(TensorError) -> Tensor {
        guard x.elementType != .float32 else { return x }
        guard let type = x.elementType.kernelType else { throw unconvertible(x) }
        let result = try Tensor(uninitialized: x.shape)
        convert(x, type, result)
        return result
    }

    /// The numbers of a float32 tensor, rounded to another floating-point type.
    /// - Throws: ``TensorError`` for other tensors and integer types.
    package func converted(_ x: Tensor, to type: ElementType) throws(TensorError) -> Tensor {
        guard type != x.elementType else { return x }
        guard x.elementType == .float32, let kernelType = type.kernelType else { throw unconvertible(x) }
        let result = try Tensor(uninitialized: x.shape, elementType: type)
        withExtendedLifetime(x) {
            sb_convert(x.bytes.baseAddress, .SB_F32, result.mutableBytes?.baseAddress, kernelType, x.shape.count)
        }
        return result
    }

    /// Writes the same numbers into a float32 tensor of the same shape.
    func convert(_ x: Tensor, into target: Tensor) throws(TensorError) {
        guard let type = x.elementType.kernelType else { throw unconvertible(x) }
        convert(x, type, target)
    }

    private func convert(_ x: Tensor, _ type: sb_dtype, _ target: Tensor) {
        withExtendedLifetime((x, target)) {
            sb_convert(x.bytes.baseAddress, type, target.mutableBytes?.baseAddress, .SB_F32, x.shape.count)
        }
    }

    private func unconvertible(_ x: Tensor) -> TensorError {
        TensorError(
            .elementTypeMismatch, operation: "convert", expected: "a floating-point type", found: x.elementType.rawValue
        )
    }
}
