/// An object and the finding that it stands for.
struct StixNamedObject {
    let id: String
    let finding: Finding
}

/// Relationships between the objects of a report: those that the knowledge base records between two things that the
/// report names, and `related-to` between what one sentence names.
struct StixRelations {
    private(set) var objects: [StixObject] = []
    /// Sentences that name both ends of a relationship, of each the first.
    private(set) var mentions: [(id: String, mention: Finding.Mention)] = []
    private let context: StixContext
    private var related: Set<Pair> = []

    private struct Pair: Hashable {
        let source: String
        let target: String
    }

    /// A sentence that names more objects than this is a list and relates nothing.
    private static let listLimit = 8
    /// A mention of more sentences than this is no sentence.
    private static let longestMention = 4
    /// Sources of relationships, then what can only be a target.
    private static let order = [
        "intrusion-set", "campaign", "malware", "tool", "attack-pattern", "vulnerability", "identity", "indicator",
    ]
    private static let sources: Set = ["intrusion-set", "campaign", "malware", "tool"]

    init(_ named: [StixNamedObject], _ sentences: Sentences, _ context: StixContext) {
        self.context = context
        addKnown(named)
        addCooccurrences(named, sentences)
    }

    private mutating func addKnown(_ named: [StixNamedObject]) {
        let byEntry = Dictionary(
            named.compactMap { object in object.finding.entry.map { ($0.id, object) } },
            uniquingKeysWith: { first, _ in first })
        for object in named {
            for other in object.finding.entry?.related.compactMap({ byEntry[$0] }) ?? [] {
                let isMitigation = other.finding.entry?.kind == .mitigation
                let (source, target) = isMitigation ? (other, object) : (object, other)
                let relationship = context.relationship(
                    isMitigation ? "mitigates" : "uses", from: source.id, to: target.id,
                    confidence: min(source.finding.confidence, target.finding.confidence),
                    description: "Recorded in ATT&CK; the report names both.")
                guard let relationship else { continue }
                related.insert(Pair(source: source.id, target: target.id))
                objects.append(relationship)
            }
        }
    }

    private mutating func addCooccurrences(_ named: [StixNamedObject], _ sentences: Sentences) {
        // Of each sentence the objects that it names, with the first place where it does.
        var places: [Int: [String: Finding.Mention]] = [:]
        for object in named where Self.order.contains(StixRelationships.type(of: object.id)) {
            for mention in object.finding.mentions {
                let indices = sentences.indices(of: mention.utf8)
                guard indices.count <= Self.longestMention else { continue }
                for index in indices where places[index]?[object.id] == nil {
                    places[index, default: [:]][object.id] = mention
                }
            }
        }
        for (index, found) in places.sorted(by: { $0.key < $1.key }) where (2...Self.listLimit).contains(found.count) {
            let objects = found.sorted { $0.key < $1.key }
            for source in objects {
                // One name may stand for a group and its malware.
                for target in objects where source.value.utf8 != target.value.utf8 {
                    let confidence = min(source.value.confidence, target.value.confidence)
                    relate(source.key, target.key, sentences.mention(index, confidence: confidence))
                }
            }
        }
    }

    private mutating func relate(_ source: String, _ target: String, _ sentence: Finding.Mention) {
        guard Self.isSource(source, of: target),
            !related.contains(Pair(source: source, target: target)),
            !related.contains(Pair(source: target, target: source)),
            let relationship = context.relationship(
                "related-to", from: source, to: target, confidence: sentence.confidence, description: sentence.text)
        else { return }
        related.insert(Pair(source: source, target: target))
        objects.append(relationship)
        mentions.append((relationship.id, sentence))
    }

    private static func isSource(_ source: String, of target: String) -> Bool {
        let (first, second) = (StixRelationships.type(of: source), StixRelationships.type(of: target))
        guard sources.contains(first), let place = order.firstIndex(of: first),
            let other = order.firstIndex(of: second)
        else { return false }
        return place < other || place == other && source < target
    }
}
