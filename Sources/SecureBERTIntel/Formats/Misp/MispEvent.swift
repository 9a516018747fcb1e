import SecureBERTJSON

/// An analysis as an event of MISP (core format, draft-dulaunoy-misp-core-format): attributes of the indicators,
/// vulnerabilities and evidence, and tags of the galaxies of ATT&CK.
///
/// The same analysis gives the same bytes. Attributes are meant for detection (`to_ids`) only when the author wrote
/// them so that they cannot be clicked, or when they are hashes. Nobody has reviewed the event, so its analysis is
/// "initial" and its threat level "undefined"; it is for the own organization until somebody shares it.
public struct MispEvent: Sendable {
    /// An object with the one member "Event".
    public let json: JSON

    /// - Parameters:
    ///   - analysis: What was found in the report.
    ///   - published: When the report was published, or analyzed: the date of the event.
    ///   - marking: Becomes a tag of the taxonomy "tlp"; nil for none.
    public init(_ analysis: ReportAnalysis, published: UTCTime, marking: TrafficLight? = nil) {
        let findings = ReportFindings(analysis).findings
        let id = NamedUUID.own.uuid(["misp-event", analysis.digest, analysis.name])
        let info = MispAttributes.trimmed(analysis.name)
        let time = JSON.string(String(published.secondsSince1970))
        let attributes = MispAttributes(findings, event: id).attributes
        let markings = marking.map { ["tlp:\($0.rawValue)"] } ?? []
        let tags = markings + [#"securebert:provenance="automatic-analysis""#] + findings.compactMap(\.mispTag)
        json = [
            "Event": [
                "uuid": .string(id), "info": .string(info.isEmpty ? "report" : info), "date": .string(published.date),
                "timestamp": time,
                "published": false, "distribution": "0", "threat_level_id": "4", "analysis": "0",
                "Attribute": .array(attributes), "Object": [],
                "Tag": .array(tags.map { ["name": .string($0)] }),
            ]
        ]
    }
}

extension Finding {
    /// The tag of the cluster that stands for an entry of ATT&CK in the galaxies of MISP: `misp-galaxy:mitre-tool="Net
    /// - S0039"`.
    var mispTag: String? {
        guard let entry else { return nil }
        let galaxy: String? =
            switch entry.kind {
            case .technique: "mitre-attack-pattern"
            case .group: "mitre-intrusion-set"
            case .malware: "mitre-malware"
            case .tool: "mitre-tool"
            case .campaign: "mitre-campaign"
            case .mitigation: "mitre-course-of-action"
            case .tactic, .weakness, .attackPattern, .control, .controlGroup: nil
            }
        // Quotation marks end the value of a tag.
        return galaxy.map { "misp-galaxy:\($0)=\"\(entry.name.replacing("\"", with: "'")) - \(entry.id)\"" }
    }
}
