/// The names below which domains are registered: "com", "co.uk", "github.io".
///
/// Rules and algorithm are those of the Public Suffix List (https://publicsuffix.org/list/), except that names under an
/// unknown top-level domain have no suffix. Top-level domains that the list leaves out, because the domain name system
/// does not resolve them, are known too: "onion" (RFC 7686), "i2p", and "bit", "bazar" and "lib" of name systems on
/// blockchains.
public enum PublicSuffixes {
    /// The part of a name that its owner registered: "evil.co.uk" of "www.evil.co.uk". Nil when the name is itself a
    /// suffix or is under an unknown top-level domain.
    /// - Parameter host: Labels separated by dots; international ones in either form.
    public static func registrableDomain(of host: String) -> String? {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard !labels.contains(where: \.isEmpty), let count = labelCount(labels, includingPrivate: true),
            labels.count > count
        else { return nil }
        return labels.suffix(count + 1).joined(separator: ".")
    }

    /// How many labels at the end of a name are its public suffix; nil under an unknown top-level domain.
    /// - Parameters:
    ///   - labels: Of the name, in lower case.
    ///   - includingPrivate: Also suffixes below which owners of domains, not registries, give out names.
    static func labelCount(_ labels: [Substring], includingPrivate: Bool) -> Int? {
        var count = 1
        var parent = 0
        for (depth, label) in labels.reversed().enumerated() {
            if tree.applies(tree.exception(of: parent, label), includingPrivate) { return depth }
            if tree.applies(tree.child(of: parent, "*"), includingPrivate) { count = depth + 1 }
            guard let child = tree.child(of: parent, label) else { return depth == 0 ? nil : count }
            if tree.applies(child, includingPrivate) { count = depth + 1 }
            parent = child
        }
        return count
    }

    /// The labels of all rules, from the top-level domain down. Made once, in a few milliseconds.
    private static let tree: SuffixTree = {
        var tree = SuffixTree()
        tree.add(": onion i2p bit bazar lib", isPrivate: false)
        tree.add(registryRules, isPrivate: false)
        tree.add(privateRules, isPrivate: true)
        return tree
    }()
}

/// Rules of suffixes as paths of labels; a node is a number, the root is 0.
private struct SuffixTree {
    private struct Edge: Hashable {
        let parent: Int
        let label: Substring
    }

    private enum Rule { case none, registry, owner }

    private var children: [Edge: Int] = [:]
    /// By node.
    private var rules: [Rule] = [.none]
    /// Nodes below which exceptions stand: "!www".
    private var haveExceptions: Set<Int> = []

    func child(of parent: Int, _ label: Substring) -> Int? { children[Edge(parent: parent, label: label)] }

    func exception(of parent: Int, _ label: Substring) -> Int? {
        haveExceptions.contains(parent) ? child(of: parent, "!" + label) : nil
    }

    func applies(_ node: Int?, _ includingPrivate: Bool) -> Bool {
        guard let node else { return false }
        return rules[node] == .registry || (includingPrivate && rules[node] == .owner)
    }

    /// - Parameter text: A parent with a colon, then the labels below it, for every parent.
    mutating func add(_ text: String, isPrivate: Bool) {
        var parent = 0
        for word in text.unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(Substring.init) {
            if word.last == ":" {
                parent = word.dropLast().split(separator: ".").reversed().reduce(0) { node(below: $0, $1) }
            } else {
                let node = node(below: parent, word)
                rules[node] = isPrivate ? .owner : .registry
                if word.first == "!" { haveExceptions.insert(parent) }
            }
        }
    }

    /// The node of a label, made when it is new.
    private mutating func node(below parent: Int, _ label: Substring) -> Int {
        let edge = Edge(parent: parent, label: label)
        if let node = children[edge] { return node }
        children[edge] = rules.count
        rules.append(.none)
        return rules.count - 1
    }
}
