/// A file name pattern as `fnmatch` and the hub's own tools understand it: `*` stands for any text (slashes too), `?`
/// for one character, `[abc]`, `[a-z]` and `[!a-z]` for one of a set; a pattern that ends in `/` stands for the folder.
struct Glob: Sendable {
    private enum Part: Sendable {
        case anyText
        case anyScalar
        case scalar(Unicode.Scalar)
        case set([ClosedRange<Unicode.Scalar>], inverted: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .anyText: false
            case .anyScalar: true
            case .scalar(let expected): scalar == expected
            case .set(let ranges, let inverted): ranges.contains { $0.contains(scalar) } != inverted
            }
        }
    }

    private var parts: [Part] = []

    init(_ pattern: String) {
        let scalars = Array((pattern.hasSuffix("/") ? pattern + "*" : pattern).unicodeScalars)
        var position = 0
        while position < scalars.count {
            switch scalars[position] {
            case "*": parts.append(.anyText)
            case "?": parts.append(.anyScalar)
            case "[":
                if let (set, end) = Self.set(scalars, from: position + 1) {
                    parts.append(set)
                    position = end
                } else {
                    parts.append(.scalar("["))
                }
            case let scalar: parts.append(.scalar(scalar))
            }
            position += 1
        }
    }

    /// Whether the whole path fits. Time is bounded by the product of the lengths: only the last `*` is retried.
    func matches(_ path: String) -> Bool {
        let text = Array(path.unicodeScalars)
        var position = 0
        var part = 0
        var star: (part: Int, position: Int)?
        while position < text.count {
            if part < parts.count, case .anyText = parts[part] {
                star = (part, position)
                part += 1
            } else if part < parts.count, parts[part].matches(text[position]) {
                part += 1
                position += 1
            } else if let last = star {
                star = (last.part, last.position + 1)
                part = last.part + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { if case .anyText = $0 { true } else { false } }
    }

    /// Reads a set; the position is behind the `[`, the position returned that of the `]`. Nil when it is not closed.
    private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Part, Int)? {
        var position = start
        let inverted = position < scalars.count && scalars[position] == "!"
        if inverted { position += 1 }
        // A bracket that comes first is a member of the set.
        guard let end = scalars.indices.first(where: { $0 > position && scalars[$0] == "]" }) else { return nil }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while position < end {
            if position + 2 < end, scalars[position + 1] == "-" {
                if scalars[position] <= scalars[position + 2] {
                    ranges.append(scalars[position]...scalars[position + 2])
                }
                position += 3
            } else {
                ranges.append(scalars[position]...scalars[position])
                position += 1
            }
        }
        return (.set(ranges, inverted: inverted), end)
    }
}
