import Crypto

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the hub names a content by, and what the content is checked against.
enum BlobDigest: Sendable, Hashable {
    /// Git's name of a file kept in the repository itself: SHA-1 over `blob <size>`, a zero byte and the content.
    case git(String)
    /// SHA-256 of a file in large file storage.
    case sha256(String)

    /// The digest in lowercase hexadecimal: the name of the blob in the cache.
    var hex: String {
        switch self {
        case .git(let hex), .sha256(let hex): hex
        }
    }

    /// Reads an entity tag, `"<hex>"` or `W/"<hex>"`; the length tells which kind of digest it is. Nil for a tag that
    /// is no digest.
    init?(entityTag: String) {
        var tag = entityTag[...]
        if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
        if tag.utf8.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") { tag = tag.dropFirst().dropLast() }
        let hex = String(tag)
        guard hex.utf8.allSatisfy(\.isLowercaseHex) else { return nil }
        switch hex.utf8.count {
        case 40: self = .git(hex)
        case 64: self = .sha256(hex)
        default: return nil
        }
    }

    /// The digest, of the same kind as this one, of a file.
    ///
    /// Read back from the file, not taken while it arrives: this checks what is on the disk, and a download that
    /// was continued needs no other treatment.
    func ofFile(_ path: String) throws(HubError) -> BlobDigest {
        switch self {
        case .git:
            let header = "blob \(Disk.size(path) ?? 0)\0"
            return .git(try Self.hash(path, with: Insecure.SHA1.self, prefix: Array(header.utf8)))
        case .sha256: return .sha256(try Self.hash(path, with: SHA256.self, prefix: []))
        }
    }

    private static func hash<Function: HashFunction>(
        _ path: String, with function: Function.Type, prefix: [UInt8]
    ) throws(HubError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.error(path, "cannot be opened") }
        defer { close(descriptor) }
        var hash = Function()
        hash.update(data: prefix)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Disk.error(path, "cannot be read")
            }
            if count == 0 { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
