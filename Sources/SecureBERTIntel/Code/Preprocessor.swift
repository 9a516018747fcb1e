/// The branches of `#if` in a file of C or C++.
///
/// All branches are read as long as each closes the brackets that it opens. Where one does not, as when two branches begin the same
/// block, only the first counts, so that braces add up. What stands in `#if 0` is no code.
struct Preprocessor {
    private enum Event {
        case start(isZero: Bool)
        case branch
        case end
    }

    private var events: [(event: Event, token: Int)] = []

    mutating func add(_ name: String, isZero: Bool, at token: Int) {
        switch name {
        case "if": events.append((.start(isZero: isZero), token))
        case "ifdef", "ifndef": events.append((.start(isZero: false), token))
        case "elif", "else", "elifdef", "elifndef": events.append((.branch, token))
        case "endif": events.append((.end, token))
        default: break
        }
    }

    private struct Group {
        let isZero: Bool
        let depth: Depth
        /// Where each branch begins, and the depth at its end.
        var starts: [Int]
        var ends: [Depth] = []
    }

    private struct Depth: Equatable {
        var braces = 0
        var parens = 0

        mutating func add(_ kind: SourceToken.Kind) {
            switch kind {
            case .openBrace: braces += 1
            case .closeBrace: braces -= 1
            case .openParen, .openBracket: parens += 1
            case .closeParen, .closeBracket: parens -= 1
            default: break
            }
        }
    }

    /// The tokens that count.
    func selected(_ tokens: [SourceToken]) -> [SourceToken] {
        guard !events.isEmpty else { return tokens }
        /// How many dropped ranges begin less how many end at a token.
        var changes = [Int](repeating: 0, count: tokens.count + 1)
        var groups: [Group] = []
        var depth = Depth()
        var position = 0
        for (event, token) in events {
            for index in position..<token { depth.add(tokens[index].kind) }
            position = token
            switch event {
            case .start(let isZero): groups.append(Group(isZero: isZero, depth: depth, starts: [token]))
            case .branch:
                guard let last = groups.indices.last else { continue }
                groups[last].ends.append(depth)
                groups[last].starts.append(token)
                depth = groups[last].depth
            case .end:
                guard var group = groups.popLast() else { continue }
                group.ends.append(depth)
                depth = Self.close(group, at: token, &changes)
            }
        }
        var dropped = 0
        return tokens.indices.filter { index in
            dropped += changes[index]
            return dropped == 0
        }.map { tokens[$0] }
    }

    /// Drops branches of a group, and returns the depth behind it.
    private static func close(_ group: Group, at end: Int, _ changes: inout [Int]) -> Depth {
        let isBalanced = group.ends.allSatisfy { $0 == group.depth }
        let kept = group.isZero ? 1 : 0
        for (branch, start) in group.starts.enumerated() {
            let isDropped = isBalanced ? group.isZero && branch == 0 : branch != kept
            guard isDropped else { continue }
            changes[start] += 1
            changes[branch + 1 < group.starts.count ? group.starts[branch + 1] : end] -= 1
        }
        if isBalanced { return group.depth }
        return kept < group.ends.count ? group.ends[kept] : group.depth
    }
}
