/// Where the committed golden files are.
public enum Fixtures {
    /// The folder `Fixtures` at the root of the package.
    public static let path: String = {
        let parts = #filePath.split(separator: "/")
        return "/" + parts.dropLast(3).joined(separator: "/") + "/Fixtures"
    }()

    /// The folder of a tiny model.
    public static func model(_ name: String) -> String { "\(path)/models/\(name)" }
}
