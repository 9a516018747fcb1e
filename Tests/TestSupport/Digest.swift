import SecureBERTTensor
import Testing

/// What Scripts/fixtures/gradients.py stores of a tensor: its length, its projection on a vector of signs, and every n-th element.
public func digest(_ tensor: Tensor) throws -> [Double] {
    let elements = try tensor.floats().map(Double.init)
    let norm = elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let projection = elements.enumerated().reduce(0) { $0 + ((($1.0 &* 2_654_435_761) >> 16) & 1 == 0 ? $1.1 : -$1.1) }
    let stride = max(1, (elements.count + 39) / 40)
    return [norm, projection] + Swift.stride(from: 0, to: elements.count, by: stride).map { elements[$0] }
}

/// Expects a tensor to have the golden digest: projection and elements within a part of its length, or of `floor` where the
/// tensor is smaller than that.
public func expectDigest(
    _ tensor: Tensor, _ golden: Tensor, tolerance: Double, floor: Double = 0, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let (found, expected) = (try digest(tensor), try golden.floats().map(Double.init))
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let scale = max(expected[0], floor)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(
        worst <= tolerance * scale, "\(what): off by \(worst / scale) of its length \(scale)",
        sourceLocation: sourceLocation)
}
