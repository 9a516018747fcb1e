import SecureBERTCheckpoint
import SecureBERTTokenizers
import SecureBERTTraining

/// A tokenizer that was named by a path, of any of the forms vocabularies are passed around in.
struct NamedTokenizer {
    let name: String
    let tokenizer: Tokenizer

    /// - Parameter path: A folder, a `tokenizer.json`, or a `vocab.json` with its `merges.txt` beside it; files may have
    ///   something before these names, and be compressed (`.zst`).
    init(path: String) throws {
        name = path
        if FileSystem.kind(of: path) == .folder || FileSystem.kind(of: path) == nil {
            var options = ModelNameOption()
            options.model = path
            tokenizer = try options.tokenizer()
        } else if let merges = try Self.merges(of: path) {
            tokenizer = try Tokenizer(
                vocabulary: WholeFile.read(path), merges: WholeFile.read(merges), files: (path, merges))
        } else {
            tokenizer = try Tokenizer(json: WholeFile.read(path), file: path)
        }
    }

    /// The merges that belong to a file whose name ends in `vocab.json`; nil for another file.
    private static func merges(of path: String) throws(CommandLineError) -> String? {
        for ending in ["vocab.json", "vocab.json.zst"] where path.hasSuffix(ending) {
            let stem = path.dropLast(ending.count) + "merges.txt"
            for candidate in [stem, stem + ".zst"] where FileSystem.kind(of: String(candidate)) == .file {
                return String(candidate)
            }
            throw CommandLineError(
                .notFound, "\(path.visible): its merges are missing, expected \(String(stem).visible)")
        }
        return nil
    }
}
