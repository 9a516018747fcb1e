/// How one element of a tensor is stored.
public enum ElementType: String, Sendable, CaseIterable {
    case float32
    case float16
    case bfloat16
    case int8
    case int32

    /// Size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .int8: 1
        }
    }
}
