/// Words that stand in the declarations of C and C++.
extension CHeader {
    /// An identifier in capitals is taken for a macro.
    static func isMacro(_ word: String) -> Bool {
        word.utf8.count > 1 && word.utf8.allSatisfy { $0.isUppercase || $0.isDigit || $0 == "_" }
    }

    /// What can stand between parameters and the body.
    static let qualifiers: Set = [
        "const", "volatile", "noexcept", "override", "final", "try", "mutable", "restrict", "throw", "__restrict",
    ]
    static let trailing: Set = ["const", "noexcept", "override", "final"]
    static let attributes: Set = [
        "__attribute__", "__attribute", "__declspec", "alignas", "_Alignas", "noexcept", "decltype", "throw",
        "requires",
        "asm", "__asm__", "__asm", "typeof", "__typeof__", "explicit", "aligned", "_Pragma", "__pragma",
    ]
    static let keywords: Set = [
        "if", "for", "while", "switch", "return", "sizeof", "catch", "do", "else", "defined", "new", "delete", "case",
        "static_assert", "_Static_assert", "decltype", "typeof", "alignof", "requires",
    ]
}
