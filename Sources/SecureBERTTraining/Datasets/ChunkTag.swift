/// A word's tag: outside of every entity, or a place in an entity of a type.
///
/// `B-`, `I-`, `E-` and `S-` stand for beginning, inside, end and single; BILOU's `L-` and `U-` are read as `E-` and `S-`.
struct ChunkTag: Equatable {
    enum Place {
        case outside
        case beginning
        case inside
        case end
        case single
    }

    let place: Place
    /// The type of the entity; empty outside, "_" for a tag without one, as in seqeval.
    let type: Substring

    static let outside = ChunkTag(place: .outside, type: "")

    private init(place: Place, type: Substring) { (self.place, self.type) = (place, type) }

    /// Nil for what is no tag of any of the schemes.
    init?(_ tag: String) {
        if tag == "O" {
            self = .outside
            return
        }
        switch tag.utf8.first {
        case UInt8(ascii: "B"): place = .beginning
        case UInt8(ascii: "I"): place = .inside
        case UInt8(ascii: "E"), UInt8(ascii: "L"): place = .end
        case UInt8(ascii: "S"), UInt8(ascii: "U"): place = .single
        default: return nil
        }
        let rest = tag.dropFirst()
        guard rest.isEmpty || rest.utf8.first == UInt8(ascii: "-") else { return nil }
        type = rest.count < 2 ? "_" : rest.dropFirst()
    }
}
