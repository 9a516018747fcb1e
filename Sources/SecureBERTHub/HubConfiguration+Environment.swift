import SecureBERTCheckpoint

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension HubConfiguration {
    /// The configuration that the environment variables of the Hugging Face tools describe: `HF_ENDPOINT`, `HF_HOME`,
    /// `HF_HUB_CACHE` (`HUGGINGFACE_HUB_CACHE`), `HF_TOKEN` (`HUGGING_FACE_HUB_TOKEN`), `HF_TOKEN_PATH`,
    /// `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE`, `TRANSFORMERS_OFFLINE`; and of every downloader:
    /// `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`.
    /// - Throws: ``HubError`` with code `usage` when a variable or the token file is not acceptable.
    public static func environment(
        _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws(HubError) -> HubConfiguration {
        let environment = Environment(variables: variables)
        // Where models are looked for is where they are put.
        guard let cacheFolder = HubCache(environment: { variables[$0] }).locations.first else {
            throw HubError(
                .usage, "There is no cache folder: none of HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and HOME is set")
        }
        var configuration = HubConfiguration(cacheFolder: cacheFolder)
        if let endpoint = environment["HF_ENDPOINT"] { configuration.endpoint = endpoint }
        configuration.isOffline = environment.isOn("HF_HUB_OFFLINE") || environment.isOn("TRANSFORMERS_OFFLINE")
        configuration.token = try environment.token()
        configuration.proxy = try HubProxy(environment: variables, endpoint: configuration.endpoint)
        configuration.certificateFile = environment.path("SSL_CERT_FILE")
        return configuration
    }
}

private struct Environment {
    let variables: [String: String]

    /// The value of a variable; nil when it is missing or empty.
    subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func isOn(_ name: String) -> Bool {
        ["1", "on", "yes", "true"].contains(self[name]?.lowercased() ?? "")
    }

    /// A variable that names a file or folder, with `~` expanded.
    func path(_ name: String) -> String? {
        guard let value = self[name] else { return nil }
        guard value == "~" || value.hasPrefix("~/"), let user = self["HOME"] else { return value }
        return user + value.dropFirst()
    }

    /// The file that the tools keep a token in, if there is a place for one.
    private var tokenPath: String? {
        if let path = path("HF_TOKEN_PATH") { return path }
        if let home = path("HF_HOME") { return home + "/token" }
        if let cache = path("XDG_CACHE_HOME") { return cache + "/huggingface/token" }
        return self["HOME"].map { $0 + "/.cache/huggingface/token" }
    }

    func token() throws(HubError) -> HubToken? {
        for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            if let text = self[name] { return try HubToken(text) }
        }
        guard !isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN"), let tokenPath,
            let bytes = try Disk.readSmallFile(tokenPath, limit: 16_384)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.utf8.trimmed.isEmpty ? nil : try HubToken(text)
    }
}
