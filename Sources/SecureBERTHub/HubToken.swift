/// An access token. Its text is shown nowhere: neither printed, nor in reflection, nor in errors.
public struct HubToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The token as it is sent.
    let secret: String

    /// - Parameter text: the token; white space around it is ignored.
    /// - Throws: ``HubError`` with code `usage` for anything that cannot stand in a request header.
    public init(_ text: String) throws(HubError) {
        let bytes = text.utf8.trimmed
        guard !bytes.isEmpty, bytes.count <= 4096, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HubError(
                .usage, "The hub token is empty or has characters that no token has; check HF_TOKEN or the token file")
        }
        secret = String(decoding: bytes, as: UTF8.self)
    }

    /// A placeholder.
    public var description: String { "<token>" }
    /// Nothing: reflection and `dump` see no token.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension String.UTF8View {
    /// The bytes without the ASCII white space at both ends.
    var trimmed: Substring.UTF8View {
        var slice = self[...]
        while let byte = slice.first, byte == 0x20 || (0x09...0x0D).contains(byte) { slice.removeFirst() }
        while let byte = slice.last, byte == 0x20 || (0x09...0x0D).contains(byte) { slice.removeLast() }
        return slice
    }
}
