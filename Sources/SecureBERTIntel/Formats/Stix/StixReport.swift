import SecureBERTJSON

/// The report object of an analysis (STIX 2.1, section 4.16) and the objects it refers to.
///
/// Where objects are in the text is said in the report and not in the objects themselves: those may be MITRE's,
/// observables have the same id whoever makes them (extensions are part of a file's), and another report may name the
/// same.
struct StixReport {
    let id: String
    private(set) var objects: [StixObject] = []
    private var references: [JSON] = []
    private var mentions: [JSON] = []
    private let analysis: ReportAnalysis
    private let context: StixContext

    init(_ analysis: ReportAnalysis, _ findings: [Finding], _ subjects: StixSubjects, _ context: StixContext) {
        (self.analysis, self.context) = (analysis, context)
        id = StixContext.id("report", [analysis.digest, analysis.name])
        var named: [StixNamedObject] = []
        for finding in findings {
            guard let object = subjects.object(of: finding.subject) else {
                if let entry = finding.entry { references.append(entry.stixReference) }
                continue
            }
            objects.append(object)
            for mention in finding.mentions { mentions.append(json(of: mention, object.id)) }
            named.append(StixNamedObject(id: object.id, finding: finding))
            addObservables(of: finding, object.id)
        }
        let relations = StixRelations(named, Sentences(analysis.text), context)
        objects += relations.objects
        mentions += relations.mentions.map { json(of: $0.mention, $0.id) }
    }

    private mutating func addObservables(of finding: Finding, _ indicator: String) {
        guard case .indicator(let type, let value) = finding.subject else { return }
        let observables = context.observables(type, StixValue.normalized(type, value))
        objects += observables
        // STIX defines "based-on" between an indicator and observed data only, and nothing was observed here.
        if let observable = observables.first,
            let relationship = context.relationship(
                "related-to", from: indicator, to: observable.id, confidence: Confidence.identified)
        {
            objects.append(relationship)
        }
    }

    private func json(of mention: Finding.Mention, _ id: String) -> JSON {
        [
            "object_ref": .string(id), "source": .string(analysis.name),
            "start": .integer(mention.scalars.lowerBound), "end": .integer(mention.scalars.upperBound),
            "text": .string(mention.text), "confidence": .integer(mention.confidence),
        ]
    }

    var json: JSON {
        var source: StixContext.Members = [("source_name", "report"), ("description", .string(analysis.name))]
        var definition: StixContext.Members = [
            ("extension_type", "property-extension"), ("source", .string(analysis.name)),
        ]
        if analysis.digest.utf8.count == 64 {
            source.append(("hashes", ["SHA-256": .string(analysis.digest)]))
            definition.append(("source_sha256", .string(analysis.digest)))
        }
        if !mentions.isEmpty { definition.append(("mentions", .array(mentions))) }
        // A report refers to at least one object.
        var seen: Set<String> = []
        let ids = objects.isEmpty ? [StixProducer.identityID] : objects.map(\.id).filter { seen.insert($0).inserted }
        let extensions: JSON.Object.Member = (StixProducer.extensionID, .object(.init(definition)))
        return context.object(
            "report", id: id,
            [
                ("external_references", .array([.object(.init(source))] + references)),
                ("name", .string(analysis.name)), ("report_types", ["threat-report"]),
                ("published", .string(context.published.rfc3339(milliseconds: true))),
                ("object_refs", .array(ids.map(JSON.string))), ("extensions", .object(.init([extensions]))),
            ])
    }
}
