import Crypto

/// Addresses of Bitcoin's main network whose checksum is right: to a key or a script (base58check), and to a witness
/// program (BIP 173 for version 0, BIP 350 for later ones).
enum BitcoinMatcher {
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let bytes = text.bytes[word]
        if (14...74).contains(bytes.count), text.matches("bc1", at: word.lowerBound) {
            guard isWitnessAddress(bytes) else { return nil }
            return IndicatorMatch(type: .bitcoin, range: word, value: text.lowercased(word))
        }
        guard (25...35).contains(bytes.count), bytes.first == UInt8(ascii: "1") || bytes.first == UInt8(ascii: "3"),
            isBase58Check(bytes)
        else { return nil }
        return IndicatorMatch(type: .bitcoin, range: word, value: text.string(word))
    }

    /// Version 0 or 5, a hash of 20 bytes, and the first four bytes of a double SHA-256 of both.
    private static func isBase58Check(_ address: ArraySlice<UInt8>) -> Bool {
        guard let decoded = Base58.decode(address, size: 25), decoded[0] == 0 || decoded[0] == 5 else { return false }
        // Every leading zero byte is one leading "1".
        guard address.prefix(while: { $0 == "1" }).count == decoded.prefix(while: { $0 == 0 }).count else {
            return false
        }
        let digest = SHA256.hash(data: Array(SHA256.hash(data: decoded[..<21])))
        return digest.prefix(4).elementsEqual(decoded[21...])
    }

    private static func isWitnessAddress(_ address: ArraySlice<UInt8>) -> Bool {
        guard !(address.contains(where: \.isUppercase) && address.contains(where: \.isLowercase)) else { return false }
        // The part before the separator, "bc", spread out as the checksum wants it.
        var checksum = [3, 3, 0, 2, 3].reduce(1, step)
        for character in address.dropFirst(3) {
            guard let value = characters.firstIndex(of: character.lowercased) else { return false }
            checksum = step(checksum, value)
        }
        let values = address.dropFirst(3).dropLast(6)
        guard let first = values.first, let version = characters.firstIndex(of: first.lowercased), version <= 16 else {
            return false
        }
        let program = (values.count - 1) * 5 / 8
        return (2...40).contains(program) && checksum == (version == 0 ? 1 : 0x2BC8_30A3)
            && (version > 0 || program == 20 || program == 32)
    }

    private static let characters = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    /// One step of the BCH code: the checksum of 30 bits so far, and the next value of 5 bits.
    private static func step(_ checksum: Int, _ value: Int) -> Int {
        let top = checksum >> 25
        var next = (checksum & 0x1FF_FFFF) << 5 ^ value
        for (bit, generator) in [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3].enumerated()
        where top >> bit & 1 == 1 {
            next ^= generator
        }
        return next
    }
}
