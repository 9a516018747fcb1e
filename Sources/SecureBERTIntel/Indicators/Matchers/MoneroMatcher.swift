/// Addresses of Monero's main network whose checksum is right: standard ones and subaddresses (95 characters), and
/// integrated ones (106).
enum MoneroMatcher {
    static func match(word: Range<Int>, in text: RefangedText) -> IndicatorMatch? {
        let bytes = text.bytes[word]
        guard bytes.count == 95 || bytes.count == 106, let decoded = decode(bytes) else { return nil }
        // The network byte says which kind the address is.
        let isKnown = bytes.count == 95 ? decoded[0] == 18 || decoded[0] == 42 : decoded[0] == 19
        guard isKnown, Keccak256.hash(decoded.dropLast(4)).prefix(4).elementsEqual(decoded.suffix(4)) else {
            return nil
        }
        return IndicatorMatch(type: .monero, range: word, value: text.string(word))
    }

    /// Blocks of eleven characters are eight bytes; what is left, seven characters, five bytes.
    private static func decode(_ address: ArraySlice<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = address
        while !rest.isEmpty {
            let block = rest.prefix(11)
            guard let bytes = Base58.decode(block, size: block.count == 11 ? 8 : 5) else { return nil }
            decoded += bytes
            rest = rest.dropFirst(11)
        }
        return decoded
    }
}
