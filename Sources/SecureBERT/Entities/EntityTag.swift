/// A label split into its position and its type: "B-Malware" begins a "Malware".
///
/// BIO as in the reference, and BIOES/BILOU besides, which models trained on APTNER use: E and L continue an entity, S and U
/// begin one. A label without prefix continues its own kind.
package struct EntityTag {
    package let begins: Bool
    /// The type; for a label that is no part of an entity the label itself, "O".
    package let type: String

    package init(_ label: String) {
        let scalars = Array(label.utf8)
        guard scalars.count > 2, scalars[1] == UInt8(ascii: "-") else {
            begins = false
            type = label
            return
        }
        switch scalars[0] {
        case UInt8(ascii: "B"), UInt8(ascii: "S"), UInt8(ascii: "U"):
            begins = true
            type = String(label.dropFirst(2))
        case UInt8(ascii: "I"), UInt8(ascii: "E"), UInt8(ascii: "L"):
            begins = false
            type = String(label.dropFirst(2))
        default:
            begins = false
            type = label
        }
    }

    /// The type of the entity; nil outside of entities.
    package var entityType: String? { type == "O" ? nil : type }
}
