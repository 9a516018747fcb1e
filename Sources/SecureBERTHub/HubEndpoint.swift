import SecureBERTCheckpoint

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The checked address of a hub, and the addresses below it.
package struct HubEndpoint: Sendable {
    package let url: URL
    /// The address as text, without a slash at the end.
    package let text: String

    /// - Throws: ``HubError`` with code `usage` for anything but `http(s)://host[:port][/path]`.
    package init(_ address: String) throws(HubError) {
        var text = address
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text), let origin = Origin(url), url.user == nil, url.query == nil,
            url.fragment == nil,
            !origin.host.isEmpty
        else {
            throw HubError(
                .usage, "The hub address \"\(address.printable)\" is not of the form https://host; check HF_ENDPOINT")
        }
        self.url = url
        self.text = text
    }

    /// Scheme, host and port: what decides whether the token may be sent.
    var origin: Origin? { Origin(url) }

    /// Whether the token may travel: encrypted, or without leaving this computer.
    var mayCarryToken: Bool {
        guard let origin else { return false }
        return origin.isEncrypted || ["127.0.0.1", "::1", "localhost"].contains(origin.host)
    }

    /// Where the list of files of a revision is.
    func listing(_ reference: HubReference) throws(HubError) -> URL {
        let revision = RemotePath.percentEncoded(reference.revision, keepingSlashes: false)
        return try url("/api/models/\(reference.repository)/revision/\(revision)?blobs=true")
    }

    /// Where a file of a commit is.
    func file(_ path: String, of repository: String, commit: String) throws(HubError) -> URL {
        try url("/\(repository)/resolve/\(commit)/\(RemotePath.percentEncoded(path))")
    }

    /// Where a redirection leads.
    /// - Throws: ``HubError`` with code `network` for anything but http and https, and for one that would give up
    ///   encryption.
    package func redirection(from url: URL, to location: String) throws(HubError) -> URL {
        guard let next = URL(string: location, relativeTo: url)?.absoluteURL, let target = Origin(next) else {
            throw HubError(.network, "\(text) redirected to \"\(location.printable)\", which is no web address")
        }
        guard target.isEncrypted || origin?.isEncrypted == false else {
            throw HubError(
                .network, "\(text) redirected to \(target.host.printable) without encryption, which is refused")
        }
        return next
    }

    private func url(_ path: String) throws(HubError) -> URL {
        guard let url = URL(string: text + path) else {
            throw HubError(.usage, "The hub address \"\(text.printable)\" cannot be extended to an address of a file")
        }
        return url
    }
}

/// The part of an address that names the server.
struct Origin: Hashable, Sendable {
    let isEncrypted: Bool
    let host: String
    let port: Int

    /// Nil for anything but http and https with a host.
    init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", let host = url.host else {
            return nil
        }
        isEncrypted = scheme == "https"
        self.host = host.lowercased()
        port = url.port ?? (isEncrypted ? 443 : 80)
    }
}
