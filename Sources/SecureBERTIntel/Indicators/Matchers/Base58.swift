/// Numbers in the 58 letters and digits of Bitcoin, which leave out 0, O, I and l.
enum Base58 {
    /// A number of a fixed size, big-endian; nil when a character is none of the 58 or the number does not fit.
    static func decode(_ text: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        var number = [UInt8](repeating: 0, count: size)
        for character in text {
            guard character < 0x80, digits[Int(character)] >= 0 else { return nil }
            var carry = Int(digits[Int(character)])
            for index in number.indices.reversed() {
                carry += Int(number[index]) * 58
                number[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            guard carry == 0 else { return nil }
        }
        return number
    }

    /// The digit of every ASCII character, or -1.
    private static let digits: [Int8] = {
        var digits = [Int8](repeating: -1, count: 128)
        for (digit, character) in "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8.enumerated() {
            digits[Int(character)] = Int8(digit)
        }
        return digits
    }()
}
