import SecureBERTCheckpoint
import SecureBERTJSON

extension IndexManifest {
    /// The manifest as it is kept and as `index info` prints it.
    public var json: JSON {
        [
            "version": .integer(version), "model": .string(modelName), "modelDigest": .string(modelDigest),
            "dimensions": .integer(dimensions), "passagePrompt": .string(passagePrompt),
            "queryPrompt": .string(queryPrompt), "vectorFormat": .string(vectorFormat.rawValue),
            "rescoringFormat": rescoringFormat.map { .string($0.rawValue) } ?? .null,
            "passageTokens": .integer(passageTokens), "overlapTokens": .integer(overlapTokens),
        ]
    }

    /// Reads what ``json`` has written.
    /// - Parameters:
    ///   - json: The description.
    ///   - location: Of the index, for messages.
    /// - Throws: ``SearchError`` when a member is missing or this program does not know the layout.
    public init(_ json: JSON, location: String) throws(SearchError) {
        guard let version = json["version"]?.integerValue else {
            throw SearchError(.damaged, location, "its description has no version; build the index again")
        }
        guard version == Self.currentVersion else {
            throw SearchError(
                .mismatch, location,
                "has version \(version), this program reads version \(Self.currentVersion); build the index again with it"
            )
        }
        func text(_ key: String) -> String? { json[key]?.stringValue }
        func number(_ key: String) -> Int? { json[key]?.integerValue.flatMap { (0...1 << 24).contains($0) ? $0 : nil } }
        let rescoring = json["rescoringFormat"]
        let rescoringFormat = rescoring?.stringValue.flatMap(VectorFormat.init(rawValue:))
        guard let name = text("model"), let digest = text("modelDigest"), let dimensions = number("dimensions"),
            dimensions > 0, let passagePrompt = text("passagePrompt"), let queryPrompt = text("queryPrompt"),
            let format = text("vectorFormat").flatMap(VectorFormat.init(rawValue:)),
            rescoring?.isNull == true || rescoringFormat != nil, let passageTokens = number("passageTokens"),
            let overlapTokens = number("overlapTokens")
        else { throw SearchError(.damaged, location, "its description is not complete; build the index again") }
        self.init(
            modelName: name, modelDigest: digest, dimensions: dimensions, passagePrompt: passagePrompt,
            queryPrompt: queryPrompt, vectorFormat: format, rescoringFormat: rescoringFormat,
            passageTokens: passageTokens, overlapTokens: overlapTokens)
    }

    /// Refuses a model other than the one that the index was made with.
    /// - Throws: ``SearchError`` that names both.
    func check(_ identity: SearchEncoder.Identity, location: String) throws(SearchError) {
        guard modelDigest != identity.digest else { return }
        let isNamesake = modelName == identity.name
        throw SearchError(
            .mismatch, location,
            """
            was built with the model \(modelName.quoted)\(isNamesake ? " (\(modelDigest.prefix(12)))" : ""), which is not \
            \(identity.name.quoted)\(isNamesake ? " (\(identity.digest.prefix(12)))" : ""); search it with --model \
            \(modelName.printable), or build it again
            """)
    }
}
