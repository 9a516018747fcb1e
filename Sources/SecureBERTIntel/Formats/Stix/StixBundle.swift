import SecureBERTJSON

/// Analyses as a bundle of STIX 2.1: of each a report with its techniques, names, vulnerabilities and indicators, the
/// relationships between them, and where in the text they are.
///
/// The same analyses give the same bytes: ids are UUIDs of version 5, of observables as section 2.9 says, and the only
/// time is a parameter. Objects of ATT&CK keep MITRE's ids. Left out is what STIX 2.1 has no object for: systems,
/// addresses of crypto-currencies, names of YARA and Sigma rules.
public struct StixBundle: Sendable {
    public let json: JSON

    /// - Parameters:
    ///   - analyses: What was found in each report.
    ///   - published: When the reports were published, or analyzed: the time of all objects.
    ///   - marking: Who may see what the reports say; nil for no marking.
    public init(_ analyses: [ReportAnalysis], published: UTCTime, marking: TrafficLight? = nil) {
        let context = StixContext(published: published, marking: marking)
        let reports = analyses.map { ($0, ReportFindings($0).findings) }
        let subjects = StixSubjects(context, reports.flatMap(\.1))
        var objects = StixObjectList()
        objects.add(StixProducer.identityID, StixProducer.identity)
        objects.add(StixProducer.extensionID, StixProducer.extensionDefinition)
        if let marking { objects.add(marking.stixID, marking.stixDefinition) }
        var ids: [String] = []
        for (analysis, findings) in reports {
            let report = StixReport(analysis, findings, subjects, context)
            ids.append(report.id)
            objects.add(report.id, report.json)
            for object in report.objects { objects.add(object.id, object.json) }
        }
        let id = StixContext.id("bundle", [published.rfc3339(milliseconds: true)] + ids)
        json = ["type": "bundle", "id": .string(id), "objects": .array(objects.objects)]
    }
}

/// Objects in the order in which they were added, each id once.
private struct StixObjectList {
    private(set) var objects: [JSON] = []
    private var ids: Set<String> = []

    mutating func add(_ id: String, _ object: JSON) {
        if ids.insert(id).inserted { objects.append(object) }
    }
}
