#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An HTTP proxy, and the hosts that are reached without it.
public struct HubProxy: Sendable, CustomStringConvertible, CustomReflectable {
    /// The host name of the proxy.
    public let host: String
    /// The port of the proxy.
    public let port: Int
    /// The user and password, if the proxy wants them.
    let credentials: (user: String, password: String)?
    /// Host names that are reached directly, with all names below them; `*` stands for every host.
    public let bypassedHosts: [String]

    /// Host and port, without the password.
    public var description: String { "\(host):\(port)" }
    /// What reflection and `dump` may see: not the password.
    public var customMirror: Mirror { Mirror(self, children: ["host": host, "port": port]) }

    /// Reads `HTTPS_PROXY` or `HTTP_PROXY`, whichever fits the endpoint's scheme, or `ALL_PROXY`, and `NO_PROXY`; the
    /// lowercase spellings come first, as in curl.
    /// - Throws: ``HubError`` with code `usage` for an address that is not `[http://][user:password@]host[:port]`.
    init?(environment: [String: String], endpoint: String) throws(HubError) {
        func value(_ name: String) -> String? {
            [name.lowercased(), name].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        let name = endpoint.lowercased().hasPrefix("http:") ? "HTTP_PROXY" : "HTTPS_PROXY"
        guard let address = value(name) ?? value("ALL_PROXY") else { return nil }
        let text = address.contains("://") ? address : "http://" + address
        guard let url = URL(string: text), url.scheme?.lowercased() == "http", let host = url.host, !host.isEmpty else {
            // The address may hold a password, so it is not repeated.
            throw HubError(.usage, "The proxy in \(name) or ALL_PROXY is not of the form http://host:port")
        }
        self.host = host
        port = url.port ?? 80
        credentials = url.user.map { ($0, url.password ?? "") }
        bypassedHosts = (value("NO_PROXY") ?? "").split(separator: ",").map { entry in
            let name = String(decoding: String(entry).utf8.trimmed, as: UTF8.self).lowercased()
            return name.hasPrefix(".") ? String(name.dropFirst()) : name
        }
    }

    /// Whether requests to the host go through the proxy.
    package func applies(toHost host: String) -> Bool {
        let host = host.lowercased()
        return !bypassedHosts.contains { $0 == "*" || host == $0 || host.hasSuffix("." + $0) && !$0.isEmpty }
    }
}
