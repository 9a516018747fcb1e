import SecureBERTCheckpoint

/// Why a recipe cannot be used: one sentence with the file, the key, what was expected and what was found.
public struct RecipeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the recipe.
    public let file: String
    /// The key as TOML spells its path, such as `stages[1].tokens`; empty when the whole file is concerned.
    public let key: String
    /// What is wrong, as a clause without a full stop.
    public let problem: String

    /// Describes a problem of a key; `problem` is a clause without a full stop.
    public init(file: String, key: String = "", _ problem: String) {
        self.file = file
        self.key = key
        self.problem = problem
    }

    /// File, key and problem: "corpus.toml: dedup.threshold: expected a number from 0 to 1, found 7".
    public var description: String {
        [file, key].filter { !$0.isEmpty }.map { "\($0.printable): " }.joined() + problem
    }
}
