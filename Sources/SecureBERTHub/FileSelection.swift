/// Which files of a model to download.
public enum FileSelection: Sendable, Hashable {
    /// What this package can use: configuration, tokenizer, weights as safetensors or, where there are none, as
    /// `pytorch_model.bin`, the module folders of sentence-transformers, and the read-me and licence.
    case usable
    /// Every file.
    case all
    /// The files that fit at least one pattern: `*` any text, `?` one character, `[a-z]` one of a set.
    case matching([String])

    /// The files to download, in the order given.
    package func select(_ paths: [String]) -> [String] {
        switch self {
        case .all: return paths
        case .matching(let patterns):
            let globs = patterns.map(Glob.init)
            return paths.filter { path in globs.contains { $0.matches(path) } }
        case .usable:
            let weights = Set(Dictionary(grouping: paths, by: Self.folder).values.flatMap(Self.weights))
            return paths.filter { Self.isDescription($0) || weights.contains($0) }
        }
    }

    private static let descriptions: Set<String> = [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "vocab.txt", "merges.txt", "modules.json", "sentence_bert_config.json",
        "config_sentence_transformers.json",
    ]

    /// A file that is no weights and is needed or worth having.
    private static func isDescription(_ path: String) -> Bool {
        let folder = folder(path)
        guard isModuleFolder(folder) else { return false }
        let name = String(path.dropFirst(folder.isEmpty ? 0 : folder.count + 1))
        if descriptions.contains(name) { return true }
        return folder.isEmpty
            && (name == "README.md" || name == "models.lock"
                || ["LICENSE", "LICENCE", "NOTICE"].contains { name.uppercased().hasPrefix($0) })
    }

    /// The one best set of weights among the files of a folder.
    private static func weights(_ paths: [String]) -> [String] {
        guard let first = paths.first else { return [] }
        let folder = folder(first)
        guard isModuleFolder(folder) else { return [] }
        let prefix = folder.isEmpty ? "" : folder + "/"
        for (stem, suffix) in [("model", ".safetensors"), ("pytorch_model", ".bin")] {
            let single = "\(prefix)\(stem)\(suffix)"
            if paths.contains(single) { return [single] }
            let index = single + ".index.json"
            guard paths.contains(index) else { continue }
            return [index] + paths.filter { $0.hasPrefix("\(prefix)\(stem)-") && $0.hasSuffix(suffix) }
        }
        return []
    }

    private static func folder(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// The root, or a folder as sentence-transformers numbers them: `1_Pooling`, `2_Dense`.
    private static func isModuleFolder(_ folder: String) -> Bool {
        let parts = folder.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        return folder.isEmpty
            || parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy { (0x30...0x39).contains($0) }
                && !parts[1].isEmpty && !parts[1].contains("/")
    }
}
