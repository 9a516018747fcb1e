/// A pattern for paths: `*` stands for anything but a slash, `**` for anything, `?` for one character, `[1-9]` for one of a
/// range; the rest for itself. Compared by bytes.
package struct PathPattern: Sendable, Equatable {
    let text: String

    package init(_ text: String) { self.text = text }

    package func matches(_ path: String) -> Bool { Self.matches(Array(text.utf8)[...], Array(path.utf8)[...]) }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case UInt8(ascii: "*"):
            if rest.first == UInt8(ascii: "*") {
                let behind = rest.dropFirst()
                // `**/` also stands for no folder at all.
                if behind.first == UInt8(ascii: "/"), matches(behind.dropFirst(), path) { return true }
                return path.indices.contains { matches(behind, path[$0...]) } || matches(behind, path[path.endIndex...])
            }
            var position = path.startIndex
            while true {
                if matches(rest, path[position...]) { return true }
                guard position < path.endIndex, path[position] != UInt8(ascii: "/") else { return false }
                position += 1
            }
        case UInt8(ascii: "?"):
            return path.first.map { $0 != UInt8(ascii: "/") } == true && matches(rest, path.dropFirst())
        case UInt8(ascii: "["):
            guard let close = rest.firstIndex(of: UInt8(ascii: "]")), let byte = path.first else { return false }
            return contains(rest[..<close], byte) && matches(rest[(close + 1)...], path.dropFirst())
        default:
            return path.first == first && matches(rest, path.dropFirst())
        }
    }

    private static func contains(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var rest = set
        while let low = rest.popFirst() {
            if rest.first == UInt8(ascii: "-"), rest.count >= 2 {
                rest = rest.dropFirst()
                if let high = rest.popFirst(), low <= byte, byte <= high { return true }
            } else if low == byte {
                return true
            }
        }
        return false
    }
}
