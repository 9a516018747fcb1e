import ArgumentParser
import SecureBERTIntel

/// Texts with the controls that NIST's mappings have for them.
struct MappingQueries {
    enum Split: String, CaseIterable, ExpressibleByArgument {
        case valid, test
    }

    struct Query {
        let id: String
        let text: String
        /// Ids of controls.
        let relevant: Set<String>
        /// Entries of these groups must not speak for controls, because the query is of them.
        let groups: Set<String>
        /// Of a text that was put together of several.
        var parts: [String] = []
    }

    let name: String
    /// Of the controls.
    let framework: ControlFramework
    let queries: [Query]

    /// What mapping is measured on.
    static func all(_ loaded: ControlMappers, _ split: Split) throws -> [MappingQueries] {
        let outcomes = try outcomes(loaded, split)
        func csf(_ name: String, _ queries: [Query]) -> MappingQueries {
            MappingQueries(name: name, framework: .nist80053, queries: queries)
        }
        return [
            csf("CSF outcome with examples to 800-53", outcomes.map(\.whole)),
            csf("CSF outcome to 800-53", outcomes.map(\.outcome)),
            csf("CSF example to 800-53", outcomes.flatMap(\.examples)),
            csf("Three CSF examples in one paragraph to 800-53", paragraphs(outcomes.flatMap(\.examples))),
            MappingQueries(
                name: "800-53 statement to CSF", framework: .nistCSF, queries: try statements(loaded, split)),
        ]
    }

    /// An outcome of the CSF as queries.
    struct Outcome {
        let entry: KnowledgeEntry
        let whole: Query
        let outcome: Query
        let examples: [Query]
    }

    static func outcomes(_ loaded: ControlMappers, _ split: Split) throws -> [Outcome] {
        let csf = try loaded.mapper(.nistCSF).catalog
        let known = Set(try loaded.mapper(.nist80053).catalog.controls.map(\.id))
        let isOfSplit = alternating(csf.controls.map { $0.parent ?? "" }, split)
        return csf.controls.compactMap { entry in
            let (relevant, category) = (known.intersection(entry.related), entry.parent ?? "")
            guard !relevant.isEmpty, isOfSplit(category) else { return nil }
            func query(_ part: String, _ text: String) -> Query {
                Query(id: entry.id + part, text: text, relevant: relevant, groups: [category])
            }
            let examples = entry.guidance.split(separator: ". ").map {
                $0.hasSuffix(".") ? String($0.dropLast()) : String($0)
            }
            return Outcome(
                entry: entry, whole: query("", "\(entry.text) \(entry.guidance)"), outcome: query("", entry.text),
                examples: examples.enumerated().map { query("#\($0.offset + 1)", $0.element) })
        }
    }

    /// Examples of different outcomes, three in one paragraph, as policies speak of several things; always the same ones.
    private static func paragraphs(_ examples: [Query]) -> [Query] {
        let third = examples.count / 3
        return (0..<third).map { index in
            let parts = [examples[index], examples[index + third], examples[index + 2 * third]]
            return Query(
                id: parts.map(\.id).joined(separator: "+"), text: parts.map { $0.text + "." }.joined(separator: " "),
                relevant: parts.reduce(into: []) { $0.formUnion($1.relevant) },
                groups: parts.reduce(into: []) { $0.formUnion($1.groups) }, parts: parts.map(\.text))
        }
    }

    private static func statements(_ loaded: ControlMappers, _ split: Split) throws -> [Query] {
        let controls = try loaded.mapper(.nist80053).catalog
        var outcomes: [String: Set<String>] = [:]
        for outcome in try loaded.mapper(.nistCSF).catalog.controls {
            for control in outcome.related { outcomes[control, default: []].insert(outcome.id) }
        }
        let isOfSplit = alternating(controls.groups.map(\.id), split)
        return zip(controls.controls, controls.groupIndices).compactMap { control, index in
            let family = controls.groups[index].id
            guard let relevant = outcomes[control.id], isOfSplit(family) else { return nil }
            let text = control.text.isEmpty ? control.guidance : control.text
            return Query(id: control.id, text: text, relevant: relevant, groups: [family])
        }
    }

    /// Whether a group is of the split: every second one, in the order of their first appearance.
    private static func alternating(_ groups: [String], _ split: Split) -> (String) -> Bool {
        var places: [String: Int] = [:]
        for group in groups where places[group] == nil { places[group] = places.count }
        return { (places[$0] ?? 0).isMultiple(of: 2) == (split == .valid) }
    }
}
