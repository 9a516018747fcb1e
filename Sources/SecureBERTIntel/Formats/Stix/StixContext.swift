import SecureBERTJSON

/// What the objects of a bundle have in common: ids, times, creator, marking (STIX 2.1, sections 2.9, 3.1 and 3.2).
struct StixContext {
    /// The time of the bundle's own objects.
    let published: UTCTime
    let marking: TrafficLight?

    typealias Members = [JSON.Object.Member]

    /// An id that is the same for the same type and parts.
    static func id(_ type: String, _ parts: [String]) -> String {
        "\(type)--\(NamedUUID.own.uuid([type] + parts))"
    }

    /// A domain or relationship object of our own.
    func object(_ type: String, id: String, confidence: Int? = nil, _ members: Members) -> JSON {
        let time = published.rfc3339(milliseconds: true)
        var all = Self.head(type, id: id)
        all.append(("created_by_ref", .string(StixProducer.identityID)))
        all += Self.times(time)
        if let confidence { all.append(("confidence", .integer(confidence))) }
        return .object(.init(all + markings + members))
    }

    /// An object that is defined elsewhere and does not change: nobody is named as its creator, and its time is so
    /// early that it never replaces the version of whom the id is from.
    static func reference(_ type: String, id: String, _ members: Members) -> JSON {
        .object(.init(head(type, id: id) + times(UTCTime(secondsSince1970: 0).rfc3339(milliseconds: true)) + members))
    }

    /// A cyber-observable object, whose id is computed from its contributing properties.
    func observable(_ type: String, _ contributing: Members, hashes: Members = []) -> StixObject {
        var properties = contributing
        if !hashes.isEmpty { properties.append(("hashes", .object(.init(hashes)))) }
        let name = CanonicalJSON.bytes(.object(.init(properties)))
        let id = "\(type)--\(NamedUUID.stixObservable.uuid(name))"
        return StixObject(id: id, json: .object(.init(Self.head(type, id: id) + markings + properties)))
    }

    private var markings: Members {
        marking.map { [("object_marking_refs", .array([.string($0.stixID)]))] } ?? []
    }

    private static func head(_ type: String, id: String) -> Members {
        [("type", .string(type)), ("spec_version", "2.1"), ("id", .string(id))]
    }

    private static func times(_ time: String) -> Members {
        [("created", .string(time)), ("modified", .string(time))]
    }
}
