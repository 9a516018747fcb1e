import SecureBERTCheckpoint
import SecureBERTJSON

/// The texts of a file with `{"text", "entities": [{"start", "end", "type"}]}` a line.
struct SpanLines {
    private(set) var texts: [LabeledText] = []

    init(_ file: LineFile, types: [String]?) throws {
        try file.forEachObject { record in
            let text = try record.string("text")
            let scalars = Array(text.unicodeScalars)
            var entities: [EntitySpan] = []
            for (index, value) in try record.array("entities").enumerated() {
                let entity = try Self.entity(value, "entity \(index + 1)", scalars, record)
                if let types, !types.contains(entity.type) {
                    throw record.error("the type \(entity.type.quoted) is none of \(types.quotedList)")
                }
                entities.append(entity)
            }
            entities.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
            for (first, second) in zip(entities, entities.dropFirst())
            where second.range.lowerBound < first.range.upperBound {
                throw record.error(
                    "the entities \(first.place) and \(second.place) overlap; keep one of them, tags cannot express both"
                )
            }
            texts.append(
                LabeledText(text: text, entities: entities, id: try record.optionalName("id"), line: record.line))
        }
    }

    private static func entity(
        _ value: JSON, _ name: String, _ text: [Unicode.Scalar], _ record: JSONRecord
    ) throws(CorpusError) -> EntitySpan {
        guard value.objectValue != nil else {
            throw record.error("\(name) is \(value.kind), expected an object with \"start\", \"end\" and \"type\"")
        }
        guard let start = value["start"]?.integerValue, let end = value["end"]?.integerValue else {
            throw record.error("\(name) lacks whole numbers under \"start\" and \"end\"")
        }
        // Doccano and spaCy call the type a label.
        guard let type = (value["type"] ?? value["label"])?.stringValue, !type.isEmpty else {
            throw record.error("\(name) lacks a string under \"type\"")
        }
        guard start >= 0, start < end, end <= text.count else {
            throw record.error(
                "\(name) reaches from \(start) to \(end), expected a part of the text's \(text.count) characters; offsets count Unicode scalars, not bytes"
            )
        }
        if let expected = value["text"]?.stringValue, !expected.unicodeScalars.elementsEqual(text[start..<end]) {
            var found = ""
            found.unicodeScalars.append(contentsOf: text[start..<end])
            throw record.error(
                "\(name) is said to be \(expected.quoted), but its offsets give \(found.quoted); offsets count Unicode scalars, not bytes"
            )
        }
        var range = start..<end
        while let first = range.first, text[first].properties.isWhitespace { range = first + 1..<end }
        while let last = range.last, text[last].properties.isWhitespace { range = range.lowerBound..<last }
        guard !range.isEmpty else { throw record.error("\(name) covers only white space") }
        return EntitySpan(type: type, range: range)
    }
}

extension EntitySpan {
    fileprivate var place: String { "\(type.quoted) (\(range.lowerBound) to \(range.upperBound))" }
}
