extension Decoder {
    /// Reads the `decoder` section of tokenizer.json.
    init(_ section: Section) throws(TokenizerError) {
        switch try section.type() {
        case "ByteLevel": self = .byteLevel
        case "WordPiece":
            self = .wordPiece(prefix: try section.string("prefix"), cleansUp: try section.bool("cleanup"))
        case "BPEDecoder":
            let suffix = try section.string("suffix")
            guard !suffix.isEmpty else { throw section.error(.unsupported, "an empty \"suffix\" is not supported") }
            self = .bytePair(suffix: suffix)
        case "ByteFallback": self = .byteFallback
        case "Fuse": self = .fuse
        case "Strip":
            let content = try section.required("content")
            let scalars = try content.string().unicodeScalars
            guard let scalar = scalars.first, scalars.count == 1 else { throw content.error("expected one character") }
            self = .strip(
                content: scalar, start: try section.required("start").integer(in: 0...Int(Int32.max)),
                stop: try section.required("stop").integer(in: 0...Int(Int32.max)))
        case "Replace":
            self = .replace(
                pattern: try LiteralPattern.read(try section.required("pattern")),
                content: try section.string("content"))
        case "Sequence":
            var decoders: [Decoder] = []
            for element in try section.required("decoders").elements() { decoders.append(try Decoder(element)) }
            self = .sequence(decoders)
        case let type:
            throw section.error(
                .unsupported,
                "decoder \"\(type)\" is not supported; supported are ByteLevel, WordPiece, BPEDecoder, ByteFallback,"
                    + " Fuse, Strip, Replace and Sequence")
        }
    }
}
