extension PostProcessor {
    /// Reads the `post_processor` section of tokenizer.json.
    /// - Parameter tokenID: the id of a token, to check the ids of the section against.
    init(_ section: Section, tokenID: (String) -> Int32?) throws(TokenizerError) {
        self.init()
        try read(section, tokenID: tokenID, isLast: true)
    }

    private mutating func read(
        _ section: Section, tokenID: (String) -> Int32?, isLast: Bool
    ) throws(TokenizerError) {
        let type = try section.type()
        if type == "ByteLevel" {
            if try section.bool("trim_offsets") {
                trimmings.append(Trimming(hasPrefixSpace: try section.bool("add_prefix_space")))
            }
            return
        }
        if type == "Sequence" {
            let elements = try section.required("processors").elements()
            for (index, element) in elements.enumerated() {
                try read(element, tokenID: tokenID, isLast: isLast && index == elements.count - 1)
            }
            return
        }
        guard isLast else {
            throw section.error(
                .unsupported, "post-processor \"\(type)\" is supported only as the last one of a sequence")
        }
        switch type {
        case "BertProcessing":
            let (cls, sep) = (try pair(section, "cls", tokenID), try pair(section, "sep", tokenID))
            single = [.special([cls], typeID: 0), .sequence(0, typeID: 0), .special([sep], typeID: 0)]
            pair = single + [.sequence(1, typeID: 1), .special([sep], typeID: 1)]
        case "RobertaProcessing":
            let (cls, sep) = (try pair(section, "cls", tokenID), try pair(section, "sep", tokenID))
            if try section.bool("trim_offsets") {
                trimmings.append(Trimming(hasPrefixSpace: try section.bool("add_prefix_space")))
            }
            single = [.special([cls], typeID: 0), .sequence(0, typeID: 0), .special([sep], typeID: 0)]
            pair = single + [.special([sep], typeID: 0), .sequence(1, typeID: 0), .special([sep], typeID: 0)]
            overflowFollowsTemplate = true
        case "TemplateProcessing":
            let specials = try specials(try section.required("special_tokens"), tokenID)
            single = try template(try section.required("single"), specials, textCount: 1)
            pair = try template(try section.required("pair"), specials, textCount: 2)
        default:
            throw section.error(
                .unsupported,
                "post-processor \"\(type)\" is not supported; supported are TemplateProcessing, RobertaProcessing,"
                    + " BertProcessing, ByteLevel and Sequence")
        }
    }

    /// A token as `["[SEP]", 102]`.
    private func pair(
        _ section: Section, _ key: String, _ tokenID: (String) -> Int32?
    ) throws(TokenizerError) -> SpecialToken {
        let pair = try section.required(key)
        let elements = try pair.elements()
        guard elements.count == 2 else {
            throw pair.error("expected a token and its id, found \(elements.count) values")
        }
        return try special(elements[0], elements[1], tokenID)
    }

    private func special(
        _ text: Section, _ id: Section, _ tokenID: (String) -> Int32?
    ) throws(TokenizerError) -> SpecialToken {
        let token = SpecialToken(text: try text.string(), id: try id.id())
        guard let known = tokenID(token.text) else {
            throw text.error(.inconsistent, "special token \"\(token.text)\" is not in the vocabulary")
        }
        guard known == token.id else {
            throw id.error(
                .inconsistent,
                "special token \"\(token.text)\" has id \(token.id) here and \(known) in the vocabulary")
        }
        return token
    }

    private func specials(
        _ section: Section, _ tokenID: (String) -> Int32?
    ) throws(TokenizerError) -> [String: [SpecialToken]] {
        var result: [String: [SpecialToken]] = [:]
        for (key, member) in try section.members() {
            let (ids, tokens) = (try member.required("ids").elements(), try member.required("tokens").elements())
            guard ids.count == tokens.count else {
                throw member.error("\(tokens.count) tokens but \(ids.count) ids")
            }
            var group: [SpecialToken] = []
            for (token, id) in zip(tokens, ids) { group.append(try special(token, id, tokenID)) }
            result[key] = group
        }
        return result
    }

    private func template(
        _ section: Section, _ specials: [String: [SpecialToken]], textCount: Int
    ) throws(TokenizerError) -> [Piece] {
        var pieces: [Piece] = []
        var seen: Set<Int> = []
        for element in try section.elements() {
            if let sequence = try element.optional("Sequence") {
                let id = try sequence.string("id")
                guard id == "A" || id == "B" else {
                    throw sequence.error("unknown sequence \"\(id)\", expected A or B")
                }
                let text = id == "A" ? 0 : 1
                guard text < textCount else { throw sequence.error("the template for one text uses sequence B") }
                guard seen.insert(text).inserted else {
                    throw sequence.error(.unsupported, "a template that uses sequence \(id) twice is not supported")
                }
                pieces.append(.sequence(text, typeID: try typeID(sequence)))
            } else {
                let token = try element.required("SpecialToken")
                let id = try token.string("id")
                guard let group = specials[id] else {
                    throw token.error(.inconsistent, "special token \"\(id)\" is not listed in \"special_tokens\"")
                }
                pieces.append(.special(group, typeID: try typeID(token)))
            }
        }
        guard seen.count == textCount else {
            throw section.error(.unsupported, "a template that leaves out a text is not supported")
        }
        return pieces
    }

    private func typeID(_ section: Section) throws(TokenizerError) -> Int32 {
        Int32(truncatingIfNeeded: try section.required("type_id").integer(in: 0...Int(Int32.max)))
    }
}
