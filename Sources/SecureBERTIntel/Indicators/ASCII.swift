// Bytes beside the characters they stand for.

func == (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) == character.value }
func != (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) != character.value }
func ~= (character: Unicode.Scalar, byte: UInt8) -> Bool { UInt32(byte) == character.value }

/// What a byte of UTF-8 is when it is an ASCII character; none of it holds for other bytes.
extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    var isUppercase: Bool { self &- 0x41 < 26 }
    var isLowercase: Bool { self &- 0x61 < 26 }
    var isAlphanumeric: Bool { isLetter || isDigit }
    var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    /// Space and tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    /// Space, tab, the ends of lines, and every control character.
    var isSpaceOrControl: Bool { self <= 0x20 || self == 0x7F }
    var isQuote: Bool { self == 0x22 || self == 0x27 || self == 0x60 }
    /// In lower case when it is a letter.
    var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
    /// The value of a decimal digit.
    var digitValue: Int { Int(self &- 0x30) }
}
