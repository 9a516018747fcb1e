import SecureBERTJSON

/// The two objects that every bundle begins with: who made it, and what its extension means (STIX 2.1, sections 4.5 and
/// 7.3).
enum StixProducer {
    static let identityID = StixContext.id("identity", ["SecureBERT"])
    static let extensionID = StixContext.id("extension-definition", ["mentions", version])
    private static let version = "1.0.0"
    private static let created = "2026-01-01T00:00:00.000Z"

    static let identity = object(
        "identity", id: identityID,
        [
            ("name", "SecureBERT"), ("identity_class", "system"),
            (
                "description",
                "Finds techniques, names and indicators in reports with language models and knowledge bases."
            ),
        ])

    static let extensionDefinition = object(
        "extension-definition", id: extensionID,
        [
            ("name", "Mentions in a report"),
            (
                "description",
                "Where in the text of a report each of its objects is, and the ATT&CK id of an attack pattern."
            ),
            ("schema", .string(schema)), ("version", .string(version)),
            ("extension_types", ["property-extension", "toplevel-property-extension"]),
            ("extension_properties", ["x_mitre_id"]),
        ])

    private static let schema = """
        As a property extension of report: source (string), the name of the text; source_sha256 (string), the SHA-256 of \
        the file it was read from; mentions (list of dictionary), each with object_ref (identifier of an object of the \
        report), source (string), start and end (integers: Unicode scalars of the text, end exclusive), text (string, \
        what stands there; long sentences are cut) and confidence (integer, 0 to 100). As a toplevel property \
        extension of attack-pattern: x_mitre_id (string), its id in ATT&CK.
        """

    private static func object(_ type: String, id: String, _ members: StixContext.Members) -> JSON {
        let head: StixContext.Members = [
            ("type", .string(type)), ("spec_version", "2.1"), ("id", .string(id)),
            ("created_by_ref", .string(identityID)), ("created", .string(created)), ("modified", .string(created)),
        ]
        return .object(.init(head + members))
    }
}

extension TrafficLight {
    /// Of the marking definitions that OASIS publishes for version 2.0 of the protocol.
    var stixID: String {
        let uuid =
            switch self {
            case .clear: "94868c89-83c2-464b-929b-a1a8aa3c8487"
            case .green: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
            case .amber: "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
            case .amberStrict: "939a9414-2ddd-4d32-a0cd-375ea402b003"
            case .red: "e828b379-4e03-4974-9ac4-e53a884c97c1"
            }
        return "marking-definition--\(uuid)"
    }

    var stixDefinition: JSON {
        [
            "type": "marking-definition", "spec_version": "2.1", "id": .string(stixID),
            "created": "2022-10-01T00:00:00.000Z", "name": .string("TLP:\(rawValue.uppercased())"),
            "extensions": [
                "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": [
                    "extension_type": "property-extension", "tlp_2_0": .string(rawValue),
                ]
            ],
        ]
    }
}
