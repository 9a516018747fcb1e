import SecureBERTTensor

/// A value built by ``Unpickler``.
///
/// Containers are numbers of entries in ``PickleObjects`` and not references: a file can nest and link containers as
/// it likes, and releasing them neither recurses nor leaks.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer of more than 8 bytes, little-endian two's complement.
    case longInteger([UInt8])
    case number(Double)
    case string(String)
    case bytes
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)

    var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
    var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    var isNone: Bool { if case .none = self { true } else { false } }
}

/// Everything a pickle may name. There is nothing else to call and no way to look up more.
enum PickleGlobal: Sendable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(TorchType)

    init?(_ name: String) {
        switch name {
        case "collections.OrderedDict": self = .orderedDictionary
        case "torch._utils._rebuild_tensor_v2": self = .rebuildTensor
        case "torch._utils._rebuild_parameter": self = .rebuildParameter
        default:
            guard let type = TorchType.allCases.first(where: { $0.rawValue == name }) else { return nil }
            self = .storage(type)
        }
    }
}

/// The storage classes of torch.
enum TorchType: String, Sendable, CaseIterable {
    case float32 = "torch.FloatStorage"
    case float16 = "torch.HalfStorage"
    case bfloat16 = "torch.BFloat16Storage"
    case float64 = "torch.DoubleStorage"
    case int8 = "torch.CharStorage"
    case uint8 = "torch.ByteStorage"
    case bool = "torch.BoolStorage"
    case int16 = "torch.ShortStorage"
    case int32 = "torch.IntStorage"
    case int64 = "torch.LongStorage"

    var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// The element type of a tensor; nil when this package does not compute with it.
    var elementType: ElementType? {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int8: .int8
        case .int32: .int32
        case .float64, .uint8, .bool, .int16, .int64: nil
        }
    }
}

/// A storage as a pickle names it; the numbers are not checked yet.
struct PickleStorage: Sendable {
    let type: TorchType
    let key: String
    /// Elements in the whole storage.
    let count: Int
    /// The part of it that is meant, in elements, in files that share storages this way; nil for all of it.
    let view: (offset: Int, count: Int)?
}

/// A tensor as a pickle describes it; the numbers are not checked yet.
struct PickleTensor: Sendable {
    /// Index in ``PickleObjects/storages``.
    let storage: Int
    let offset: Int
    let sizes: [Int]
    let strides: [Int]
}

/// The containers and tensors a pickle has built.
struct PickleObjects: Sendable {
    var tuples: [[PickleValue]] = []
    var lists: [[PickleValue]] = []
    /// Keys and values in the order they were set.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []

    var count: Int { tuples.count + lists.count + dictionaries.count + storages.count + tensors.count }

    /// The elements of a tuple or list.
    func elements(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index): tuples[index]
        case .list(let index): lists[index]
        default: nil
        }
    }

    /// A tuple or list of at most `limit` integers.
    func integers(_ value: PickleValue, limit: Int) -> [Int]? {
        guard let elements = elements(value), elements.count <= limit else { return nil }
        var integers: [Int] = []
        for element in elements {
            guard let integer = element.integerValue else { return nil }
            integers.append(integer)
        }
        return integers
    }
}
