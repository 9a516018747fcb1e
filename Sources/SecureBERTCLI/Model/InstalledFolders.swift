import SecureBERTCheckpoint

/// Where files that come with the program are: in the folders of an environment variable, in the checkout it was built in, or where
/// `make install` has put them.
enum InstalledFolders {
    /// The places to look in, whether they exist or not, best first.
    /// - Parameters:
    ///   - variable: Has folders with colons between.
    ///   - checkout: The folder's name in a checkout.
    ///   - installed: Its name in `PREFIX/share/securebert`.
    static func all(_ variable: String, checkout: String, installed: String) -> [String] {
        var places = (SystemCalls.environment(variable) ?? "").split(separator: ":").map(String.init)
        guard var folder = SystemCalls.executablePath else { return places }
        // PREFIX/bin/securebert has PREFIX/share/securebert/models; a checkout has Models four above .build/TRIPLE/release.
        for _ in 0..<4 {
            guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { break }
            folder = String(folder[..<slash])
            places.append(FileSystem.join(folder, checkout))
            places.append(FileSystem.join(folder, "share/securebert/\(installed)"))
        }
        return places
    }
}
