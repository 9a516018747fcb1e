/// What each example adds to the counts of its groups, so that one resampling of examples gives the figures of all groups.
struct GroupCounts: Sendable {
    /// The groups, by the bytes of their names.
    let names: [String]
    private let examples: [MatchCounts]
    /// For each example its groups, by index; nil when it counts in all.
    private let groups: [[Int]?]

    /// Groups of examples.
    /// - Parameters:
    ///   - examples: The counts of each example alone.
    ///   - groups: The groups it belongs to, in any order; nil when it counts in all.
    init(_ examples: [MatchCounts], groups: [[String]?]) {
        precondition(examples.count == groups.count, "groups are of different examples")
        let names = Set(groups.compactMap { $0 }.joined()).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
        self.names = names
        self.examples = examples
        self.groups = groups.map { own in own.map { Set($0).compactMap { indices[$0] } } }
    }

    /// F1 of each of ``names`` in some examples, each as often as it is given; nil when none of them is positive in the group.
    func f1(ofExamples sample: [Int]) -> [Double?] {
        var totals = [MatchCounts](repeating: .init(), count: names.count)
        var common = MatchCounts()
        for example in sample {
            guard let own = groups[example] else {
                common += examples[example]
                continue
            }
            for group in own { totals[group] += examples[example] }
        }
        return totals.map { total in
            var sum = total
            sum += common
            return sum.actual == 0 ? nil : sum.f1
        }
    }
}
