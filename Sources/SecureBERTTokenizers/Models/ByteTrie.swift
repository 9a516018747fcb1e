/// Byte strings with a value each, for longest-prefix search. Edges live in one open-addressing table keyed by node
/// and byte, so a step is one probe and memory is proportional to the bytes inserted.
struct ByteTrie: Sendable {
    private var edges: [UInt64] = Array(repeating: Self.free, count: 16)
    private var targets: [UInt32] = Array(repeating: 0, count: 16)
    /// Value per node, -1 for none. Node 0 is the root.
    private var values: [Int32] = [-1]
    private var edgeCount = 0
    private let seed = Hashing.seed

    private static let free = UInt64.max
    static let root: UInt32 = 0

    init() {}

    private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    @inline(__always) private func slot(_ key: UInt64) -> Int {
        let mask = edges.count &- 1
        var slot = Int(truncatingIfNeeded: Hashing.hash(key, seed: seed)) & mask
        while true {
            let edge = edges[slot]
            if edge == key || edge == Self.free { return slot }
            slot = (slot &+ 1) & mask
        }
    }

    /// Inserts a string; a second insertion of the same one is refused (false).
    @discardableResult
    mutating func insert(_ string: some Sequence<UInt8>, value: Int32) -> Bool {
        var node = Self.root
        for byte in string {
            if (edgeCount + 1) * 2 > edges.count { grow() }
            let key = Self.key(node, byte)
            let slot = slot(key)
            if edges[slot] == Self.free {
                edges[slot] = key
                targets[slot] = UInt32(truncatingIfNeeded: values.count)
                values.append(-1)
                edgeCount += 1
            }
            node = targets[slot]
        }
        guard values[Int(node)] < 0 else { return false }
        values[Int(node)] = value
        return true
    }

    private mutating func grow() {
        let (oldEdges, oldTargets) = (edges, targets)
        edges = Array(repeating: Self.free, count: oldEdges.count * 4)
        targets = Array(repeating: 0, count: edges.count)
        for (index, edge) in oldEdges.enumerated() where edge != Self.free {
            let slot = slot(edge)
            edges[slot] = edge
            targets[slot] = oldTargets[index]
        }
    }

    /// The node behind `byte`, or nil.
    @inline(__always) func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
        let key = Self.key(node, byte)
        let slot = slot(key)
        return edges[slot] == key ? targets[slot] : nil
    }

    /// The node at the end of a string, or nil when nothing starts with it.
    func node(at string: some Sequence<UInt8>) -> UInt32? {
        var node = Self.root
        for byte in string {
            guard let next = child(of: node, byte) else { return nil }
            node = next
        }
        return node
    }

    /// The longest string below `node` that starts at `position`: its end and value.
    @inline(__always)
    func longestMatch(
        in bytes: UnsafePointer<UInt8>, from position: Int, to limit: Int, below node: UInt32 = Self.root
    ) -> (end: Int, value: Int32)? {
        var node = node
        var position = position
        var best: (end: Int, value: Int32)?
        while position < limit, let next = child(of: node, bytes[position]) {
            node = next
            position &+= 1
            let value = values[Int(node)]
            if value >= 0 { best = (position, value) }
        }
        return best
    }
}
