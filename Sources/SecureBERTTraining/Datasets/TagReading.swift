/// How a row of tags is read as entities.
public enum TagReading: String, Sendable, CaseIterable {
    /// As conlleval and seqeval's default do: an entity also begins where an `I-` follows nothing or another type. Reads
    /// BIO, IOB1, IOBES and BILOU.
    case lenient
    /// As seqeval's strict mode with IOB2 does: an entity begins with `B-` and goes on with `I-` of the same type; any other
    /// `I-` belongs to none. `E-` counts as `I-` and `S-` as `B-`.
    case strict

    /// The entities, as ranges of words. What is no tag counts as outside.
    /// - Parameter tags: one for each word of a sentence.
    public func spans(_ tags: [String]) -> [EntitySpan] {
        spans(tags.map { ChunkTag($0) ?? .outside })
    }

    func spans(_ tags: [ChunkTag]) -> [EntitySpan] {
        var spans: [EntitySpan] = []
        var start: Int?
        var previous = ChunkTag.outside
        for (index, tag) in (tags + [.outside]).enumerated() {
            if let first = start, tag.place == .outside || begins(tag, after: previous) || tag.type != previous.type {
                spans.append(EntitySpan(type: String(previous.type), range: first..<index))
                start = nil
            }
            if begins(tag, after: previous) { start = index }
            previous = tag
        }
        return spans
    }

    private func begins(_ tag: ChunkTag, after previous: ChunkTag) -> Bool {
        switch (self, tag.place) {
        case (_, .outside): false
        case (_, .beginning), (_, .single): true
        case (.strict, _): false
        case (.lenient, _):
            previous.type != tag.type || [.outside, .end, .single].contains(previous.place)
        }
    }

    /// The tags that say the same in BIO (IOB2).
    /// - Parameter spans: entities that do not overlap, as ranges of words below `count`.
    static func tags(_ spans: [EntitySpan], count: Int) -> [String] {
        var tags = [String](repeating: "O", count: count)
        for span in spans {
            for index in span.range { tags[index] = (index == span.range.lowerBound ? "B-" : "I-") + span.type }
        }
        return tags
    }
}
