import SecureBERTJSON

extension VocabularyReplacement {
    /// The content of a `tokenizer.json` with this vocabulary in the place of its own and everything else as it was.
    /// - Parameters:
    ///   - bytes: the file.
    ///   - file: the name to use in messages.
    /// - Throws: ``TokenizerError`` when the file is not a tokenizer.
    public func rewriting(tokenizerJSON bytes: [UInt8], file: String) throws(TokenizerError) -> [UInt8] {
        let root = try JSON.parse(bytes, file: file)
        guard var members = root.value.objectValue, var model = members["model"]?.objectValue else {
            throw root.error(.malformed, "there is no object \"model\"")
        }
        // Older files, and readers, have merges as "a b".
        let isOld = model["merges"]?.arrayValue?.first?.stringValue != nil
        let merges = merges.map { pair -> JSON in
            isOld ? .string("\(pair.left) \(pair.right)") : .array([.string(pair.left), .string(pair.right)])
        }
        for index in model.members.indices {
            if model.members[index].key == "vocab" { model.members[index].value = vocabularyJSON }
            if model.members[index].key == "merges" { model.members[index].value = .array(merges) }
        }
        for index in members.members.indices where members.members[index].key == "model" {
            members.members[index].value = .object(model)
        }
        return Array((JSON.object(members).prettyText + "\n").utf8)
    }

    /// The content of `vocab.json`.
    public var vocabularyFile: [UInt8] { Array((vocabularyJSON.text + "\n").utf8) }

    /// The content of `merges.txt`.
    public var mergesFile: [UInt8] {
        var text = Array("#version: 0.2\n".utf8)
        for (left, right) in merges { text.append(contentsOf: "\(left) \(right)\n".utf8) }
        return text
    }

    private var vocabularyJSON: JSON {
        .object(.init(vocabulary.map { ($0.token, .integer(Int($0.id))) }))
    }
}
