/// The brackets that are open in something that is being read.
struct Brackets {
    private var round = 0
    private var square = 0
    private var curly = 0

    /// Counts a byte. False when it closes a bracket that was not opened, or is an angle bracket: then it belongs to
    /// what is around.
    mutating func take(_ byte: UInt8) -> Bool {
        switch byte {
        case "(": round += 1
        case "[": square += 1
        case "{": curly += 1
        case ")": round -= 1
        case "]": square -= 1
        case "}": curly -= 1
        case "<", ">": return false
        default: break
        }
        return round >= 0 && square >= 0 && curly >= 0
    }
}
