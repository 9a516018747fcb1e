/// How a file writes entities as tags. All are converted to BIO (IOB2) on reading.
public enum TagScheme: String, Sendable, CaseIterable {
    /// `B-` begins every entity (IOB2).
    case bio
    /// `I-` begins an entity, except directly behind one of the same type, where `B-` does.
    case iob1
    /// `S-` is an entity of one word, and longer ones end with `E-`; BILOU's `U-` and `L-` mean the same.
    case iobes

    /// The scheme that fits the tags of a file: `iobes` when one of its own tags occurs, `iob1` when entities begin with `I-`
    /// and never with a `B-` that IOB1 would not write, and `bio` otherwise.
    init(detecting sentences: [[ChunkTag]]) {
        var insideBegins = false
        var isIOB1 = true
        for tags in sentences {
            var previous = ChunkTag.outside
            for tag in tags {
                switch tag.place {
                case .end, .single:
                    self = .iobes
                    return
                case .beginning: isIOB1 = isIOB1 && previous.type == tag.type
                case .inside: insideBegins = insideBegins || previous.type != tag.type
                case .outside: break
                }
                previous = tag
            }
        }
        self = insideBegins && isIOB1 ? .iob1 : .bio
    }

    /// Whether a tag may stand behind another one (``ChunkTag/outside`` at the start of a sentence).
    func allows(_ tag: ChunkTag, after previous: ChunkTag) -> Bool {
        let isOpen = [.beginning, .inside].contains(previous.place)
        switch self {
        case .bio: return tag.place != .inside || previous.type == tag.type
        case .iob1: return tag.place != .beginning || previous.type == tag.type
        case .iobes:
            switch tag.place {
            case .inside, .end: return isOpen && previous.type == tag.type
            case .outside, .beginning, .single: return !isOpen
            }
        }
    }
}
