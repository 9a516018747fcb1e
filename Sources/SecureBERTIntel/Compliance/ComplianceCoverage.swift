/// Which controls of a catalog documents give evidence for, and which they do not.
public struct ComplianceCoverage: Sendable {
    /// A control with evidence.
    public struct Covered: Sendable {
        /// The control.
        public let control: KnowledgeEntry
        /// The best of its passages'.
        public let score: Float
        /// Where: index of the document and of its passage, the most probable first.
        public let passages: [(document: Int, passage: Int)]
        /// Whether the baseline has it.
        public let isExpected: Bool
    }

    /// What a group has.
    public struct Group: Sendable {
        /// "AC"; empty when a catalog has no groups.
        public let id: String
        /// "Access Control".
        public let name: String
        /// Controls of the baseline with evidence.
        public let covered: Int
        /// Controls of the baseline.
        public let total: Int
    }

    /// Whose controls.
    public let catalog: ControlCatalog
    /// "moderate"; nil when the catalog has no baselines.
    public let baseline: String?
    /// In the order of the catalog, those outside of the baseline too.
    public let covered: [Covered]
    /// Controls of the baseline without evidence, in the order of the catalog.
    public let gaps: [KnowledgeEntry]
    /// Groups with controls in the baseline.
    public let groups: [Group]

    /// - Parameters:
    ///   - catalog: The controls.
    ///   - baseline: Which of them are expected, for catalogs that have baselines.
    ///   - analyses: What the documents say; evidence of all counts.
    public init(_ catalog: ControlCatalog, baseline: String?, _ analyses: [PolicyAnalysis]) {
        self.catalog = catalog
        self.baseline = catalog.framework == .nist80053 ? baseline : nil
        var found: [String: [(document: Int, passage: Int, score: Float)]] = [:]
        for (document, analysis) in analyses.enumerated() {
            for (passage, mapped) in analysis.passages.enumerated() {
                for control in mapped.controls where control.catalog == catalog.id {
                    found[control.control.id, default: []].append((document, passage, control.score))
                }
            }
        }
        covered = catalog.controls.compactMap { control in
            guard let places = found[control.id]?.sorted(by: { $0.score > $1.score }), let best = places.first else {
                return nil
            }
            return Covered(
                control: control, score: best.score, passages: places.map { ($0.document, $0.passage) },
                isExpected: catalog.isExpected(control, baseline: baseline))
        }
        gaps = catalog.controls.filter { catalog.isExpected($0, baseline: baseline) && found[$0.id] == nil }
        var counts = catalog.groups.map { _ in (covered: 0, total: 0) }
        for (control, group) in zip(catalog.controls, catalog.groupIndices)
        where catalog.isExpected(control, baseline: baseline) {
            counts[group].total += 1
            if found[control.id] != nil { counts[group].covered += 1 }
        }
        groups = zip(catalog.groups, counts).filter { $1.total > 0 }.map {
            Group(id: $0.id, name: $0.name, covered: $1.covered, total: $1.total)
        }
    }

    /// Controls of the baseline with evidence, and all of the baseline.
    public var counts: (covered: Int, total: Int) {
        groups.reduce((0, 0)) { ($0.0 + $1.covered, $0.1 + $1.total) }
    }

    /// A technique that controls with evidence mitigate.
    public struct MitigatedTechnique: Sendable {
        /// The technique.
        public let technique: KnowledgeEntry
        /// Ids of the controls.
        public let controls: [String]
    }

    /// The techniques that controls with evidence mitigate, those of the most controls first.
    /// - Parameter knowledge: Where the techniques are from; those that it lacks are left out.
    public func techniques(_ knowledge: KnowledgeBase) -> [MitigatedTechnique] {
        var controls: [String: [String]] = [:]
        for covered in covered {
            for id in covered.control.related where knowledge[id]?.kind == .technique {
                controls[id, default: []].append(covered.control.id)
            }
        }
        return controls.compactMap { id, controls in
            knowledge[id].map { MitigatedTechnique(technique: $0, controls: controls) }
        }.sorted { ($1.controls.count, $0.technique.id) < ($0.controls.count, $1.technique.id) }
    }
}
