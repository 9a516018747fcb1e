/// An interpreter of the pickle format that can build tensors and nothing else.
///
/// A pickle is a program for a stack machine. This machine has the operations that torch's checkpoints use, knows the
/// names of ``PickleGlobal`` and refuses every other one: nothing that a file asks for is ever looked up or called.
/// Memory is bounded by the size of the pickle and the limits below.
struct Unpickler {
    static let maximumByteCount = 16 << 20
    static let maximumObjectCount = 1 << 22
    static let maximumStackCount = 1 << 20
    static let maximumMemoCount = 1 << 22
    static let maximumRank = 64

    private let file: String
    private var cursor: ByteCursor
    /// Whether more bytes follow than a pickle may have.
    private let isCut: Bool
    private var stack: [PickleValue] = []
    /// Where in ``stack`` the marks lie; values below the last one are out of reach until it is removed.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var objects = PickleObjects()
    /// Members copied from lists into ordered dictionaries. A list can be copied any number of times by a few bytes each.
    private var copiedCount = 0

    /// Where reading stopped.
    var position: Int { cursor.position }

    /// - Parameters:
    ///   - bytes: the file.
    ///   - range: where the pickle lies; it may end earlier.
    ///   - file: the path, for messages.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>, file: String) {
        self.file = file
        let length = min(range.count, Self.maximumByteCount)
        isCut = length < range.count
        cursor = ByteCursor(bytes, in: range.lowerBound..<range.lowerBound + length)
    }

    /// Runs the program to its end.
    /// - Returns: the value it built; containers are in ``objects``.
    /// - Throws: ``CheckpointError`` for names and operations that are not needed for tensors, and for bad programs.
    mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            guard let operation = cursor.number(UInt8.self) else {
                throw truncated()
            }
            if operation == UInt8(ascii: ".") {
                guard stack.count == 1, marks.isEmpty, let result = stack.popLast() else {
                    throw malformed("ends with \(stack.count) values, expected one")
                }
                return result
            }
            try perform(operation)
            guard stack.count <= Self.maximumStackCount, marks.count <= Self.maximumStackCount else {
                throw limit("needs a stack of more than \(Self.maximumStackCount) values")
            }
            guard memo.count <= Self.maximumMemoCount, objects.count <= Self.maximumObjectCount else {
                throw limit("builds more than \(Self.maximumObjectCount) objects")
            }
        }
    }

    private mutating func perform(_ operation: UInt8) throws(CheckpointError) {
        switch operation {
        // Protocol and frames: framing only groups bytes.
        case 0x80:
            let version: UInt8 = try number()
            guard (2...5).contains(version) else { throw malformed("has protocol \(version), expected 2 to 5") }
        case 0x95: _ = try number(UInt64.self)
        // Constants.
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try number(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try number(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try number(UInt16.self))))
        case 0x8A: stack.append(try longInteger(Int(try number(UInt8.self))))
        case UInt8(ascii: "G"): stack.append(.number(Double(bitPattern: try number(UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): stack.append(.string(try text(Int(try number(UInt32.self)))))
        case 0x8C: stack.append(.string(try text(Int(try number(UInt8.self)))))
        case 0x8D: stack.append(.string(try text(try length())))
        // Strings of Python 2.
        case UInt8(ascii: "U"): stack.append(.string(try text(Int(try number(UInt8.self)))))
        case UInt8(ascii: "T"): stack.append(.string(try text(Int(try number(UInt32.self)))))
        case UInt8(ascii: "C"): stack.append(try skipBytes(Int(try number(UInt8.self))))
        case UInt8(ascii: "B"): stack.append(try skipBytes(Int(try number(UInt32.self))))
        case 0x8E: stack.append(try skipBytes(try length()))
        // Stack and memo.
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: "q"): memo[Int(try number(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try number(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): stack.append(try remembered(Int(try number(UInt8.self))))
        case UInt8(ascii: "j"): stack.append(try remembered(Int(try number(UInt32.self))))
        // Containers.
        case UInt8(ascii: ")"): pushTuple([])
        case 0x85: pushTuple([try pop()])
        case 0x86: try pushTuple(count: 2)
        case 0x87: try pushTuple(count: 3)
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case UInt8(ascii: "]"): pushList([])
        case UInt8(ascii: "l"): pushList(try popToMark())
        case UInt8(ascii: "}"): pushDictionary([])
        case UInt8(ascii: "d"): pushDictionary(try pairs(try popToMark()))
        case UInt8(ascii: "a"): try appendToList([try pop()])
        case UInt8(ascii: "e"): try appendToList(try popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            try setItems([(try pop(), value)])
        case UInt8(ascii: "u"): try setItems(try pairs(try popToMark()))
        // Names, calls, storages.
        case UInt8(ascii: "c"), UInt8(ascii: "i"): try global(isInstance: operation == UInt8(ascii: "i"))
        case 0x93: try globalFromStack()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        case UInt8(ascii: "Q"): try storage(try pop())
        default:
            throw CheckpointError(
                .unsupported, file: file,
                """
                its pickle uses the operation 0x\(String(operation, radix: 16)) at byte \(position - 1), which tensors do \
                not need; nothing was executed
                """)
        }
    }

    // MARK: Reading

    private mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(CheckpointError) -> Number {
        guard let number = cursor.number(type) else { throw truncated() }
        return number
    }

    private mutating func length() throws(CheckpointError) -> Int {
        guard let length = Int(exactly: try number(UInt64.self)) else { throw truncated() }
        return length
    }

    private mutating func text(_ count: Int) throws(CheckpointError) -> String {
        guard count <= cursor.remaining else { throw truncated() }
        guard let text = cursor.text(count) else { throw malformed("has text that is not UTF-8") }
        return text
    }

    /// Bytes have no meaning in a checkpoint of tensors; only their place is kept.
    private mutating func skipBytes(_ count: Int) throws(CheckpointError) -> PickleValue {
        guard cursor.take(count) != nil else { throw truncated() }
        return .bytes
    }

    private mutating func longInteger(_ count: Int) throws(CheckpointError) -> PickleValue {
        guard let bytes = cursor.take(count) else { throw truncated() }
        guard count <= 8 else { return .longInteger(Array(bytes)) }
        // Sign-extended from the last byte.
        var value = (bytes.last ?? 0) >= 0x80 ? -1 : 0
        for byte in bytes.reversed() { value = value << 8 | Int(byte) }
        return .integer(value)
    }

    // MARK: Stack

    private var floor: Int { marks.last ?? 0 }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        guard stack.count > floor, let value = stack.popLast() else {
            throw malformed("takes a value from an empty stack")
        }
        return value
    }

    private func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > floor, let value = stack.last else { throw malformed("takes a value from an empty stack") }
        return value
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("goes back to a mark that was not set") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func remembered(_ index: Int) throws(CheckpointError) -> PickleValue {
        guard let value = memo[index] else { throw malformed("recalls the value \(index), which it never stored") }
        return value
    }

    // MARK: Containers

    private mutating func pushTuple(_ elements: [PickleValue]) {
        objects.tuples.append(elements)
        stack.append(.tuple(objects.tuples.count - 1))
    }

    private mutating func pushTuple(count: Int) throws(CheckpointError) {
        var elements: [PickleValue] = []
        for _ in 0..<count { elements.append(try pop()) }
        pushTuple(elements.reversed())
    }

    private mutating func pushList(_ elements: [PickleValue]) {
        objects.lists.append(elements)
        stack.append(.list(objects.lists.count - 1))
    }

    private mutating func pushDictionary(_ members: [(key: PickleValue, value: PickleValue)]) {
        objects.dictionaries.append(members)
        stack.append(.dictionary(objects.dictionaries.count - 1))
    }

    private func pairs(_ values: [PickleValue]) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else { throw malformed("has a dictionary key without a value") }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    private mutating func appendToList(_ elements: [PickleValue]) throws(CheckpointError) {
        guard case .list(let index) = try top() else { throw malformed("appends to something that is not a list") }
        objects.lists[index].append(contentsOf: elements)
    }

    private mutating func setItems(
        _ members: [(key: PickleValue, value: PickleValue)]
    ) throws(CheckpointError) {
        guard case .dictionary(let index) = try top() else {
            throw malformed("sets a member of something that is not a dictionary")
        }
        objects.dictionaries[index].append(contentsOf: members)
    }

    // MARK: Names and calls

    private mutating func global(isInstance: Bool) throws(CheckpointError) {
        guard let module = cursor.line(), let name = cursor.line() else { throw malformed("has a name that is cut") }
        let global = try lookUp("\(module).\(name)")
        // The old operation that names a class and calls it at once is used by no tensor.
        guard !isInstance else { throw refused("\(module).\(name)") }
        stack.append(.global(global))
    }

    private mutating func globalFromStack() throws(CheckpointError) {
        guard let name = try pop().stringValue, let module = try pop().stringValue else {
            throw malformed("names something that is not text")
        }
        stack.append(.global(try lookUp("\(module).\(name)")))
    }

    private func lookUp(_ name: String) throws(CheckpointError) -> PickleGlobal {
        guard let global = PickleGlobal(name) else { throw refused(name) }
        return global
    }

    private func refused(_ name: String) -> CheckpointError {
        CheckpointError(
            .unsafe, file: file,
            """
            its pickle asks for \(name.quoted), which is not part of a file of tensors; nothing was executed and nothing \
            was loaded. If you trust the file, convert it to safetensors with the tool that wrote it
            """)
    }

    private mutating func reduce() throws(CheckpointError) {
        guard let arguments = objects.elements(try pop()) else {
            throw malformed("calls with something that is not a tuple")
        }
        guard case .global(let function) = try pop() else { throw malformed("calls something that is not a function") }
        switch function {
        case .orderedDictionary: try makeDictionary(arguments)
        case .rebuildTensor: try makeTensor(arguments)
        case .rebuildParameter:
            guard case .tensor(let index)? = arguments.first else {
                throw malformed("makes a parameter without a tensor")
            }
            stack.append(.tensor(index))
        case .storage: throw malformed("calls a storage class")
        }
    }

    /// `OrderedDict()` or, by Python 2, `OrderedDict([[key, value], ...])`.
    private mutating func makeDictionary(_ arguments: [PickleValue]) throws(CheckpointError) {
        var members: [(key: PickleValue, value: PickleValue)] = []
        if let first = arguments.first {
            guard arguments.count == 1, let items = objects.elements(first) else {
                throw malformed("makes an ordered dictionary of something that is not a list")
            }
            copiedCount += items.count
            guard copiedCount <= Self.maximumObjectCount else {
                throw limit("copies more than \(Self.maximumObjectCount) members")
            }
            for item in items {
                guard let pair = objects.elements(item), pair.count == 2 else {
                    throw malformed("makes an ordered dictionary of something that is not pairs")
                }
                members.append((pair[0], pair[1]))
            }
        }
        pushDictionary(members)
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata?)`
    private mutating func makeTensor(_ arguments: [PickleValue]) throws(CheckpointError) {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], let offset = arguments[1].integerValue,
            let sizes = objects.integers(arguments[2], limit: Self.maximumRank),
            let strides = objects.integers(arguments[3], limit: Self.maximumRank), sizes.count == strides.count
        else { throw malformed("describes a tensor without storage, offset, size and stride") }
        objects.tensors.append(PickleTensor(storage: storage, offset: offset, sizes: sizes, strides: strides))
        stack.append(.tensor(objects.tensors.count - 1))
    }

    /// Sets attributes of the object below. State dictionaries carry `_metadata`, which says nothing about weights.
    private mutating func build() throws(CheckpointError) {
        _ = try pop()
        guard case .dictionary = try top() else {
            throw malformed("sets the state of something that is not a dictionary")
        }
    }

    /// `("storage", class, key, location, count, view?)`
    private mutating func storage(_ identifier: PickleValue) throws(CheckpointError) {
        guard case .tuple(let index) = identifier, case let parts = objects.tuples[index], parts.count >= 5,
            parts[0].stringValue == "storage", case .global(.storage(let type)) = parts[1],
            let key = parts[2].stringValue, let count = parts[4].integerValue, count >= 0
        else { throw malformed("refers to something that is not a storage") }
        var view: (offset: Int, count: Int)?
        if parts.count > 5, !parts[5].isNone {
            guard let numbers = objects.elements(parts[5]), numbers.count == 3, let offset = numbers[1].integerValue,
                let count = numbers[2].integerValue
            else { throw malformed("describes a view of a storage without offset and size") }
            view = (offset, count)
        }
        objects.storages.append(PickleStorage(type: type, key: key, count: count, view: view))
        stack.append(.storage(objects.storages.count - 1))
    }

    // MARK: Errors

    private func malformed(_ problem: String) -> CheckpointError {
        CheckpointError(.malformed, file: file, "its pickle \(problem), at byte \(position)")
    }

    private func limit(_ problem: String) -> CheckpointError {
        CheckpointError(.limitExceeded, file: file, "its pickle \(problem)")
    }

    private func truncated() -> CheckpointError {
        if isCut { return limit("is longer than the \(Self.maximumByteCount) bytes accepted") }
        return CheckpointError(
            .truncated, file: file,
            "its pickle ends early at byte \(position); probably an incomplete download, fetch the file again")
    }
}
