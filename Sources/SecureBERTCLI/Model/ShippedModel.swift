import SecureBERTCheckpoint

/// The models that come with the program; each is what `--model` means, when nobody says, for the task it was trained for.
enum ShippedModel: String {
    /// The pretrained encoder, which all others were trained from.
    case base = "securebert-mini"
    case ner = "securebert-mini-ner"
    case attack = "securebert-mini-attack"
    case embed = "securebert-mini-embed"
    case rerank = "securebert-mini-rerank"
    case vulnerability = "securebert-mini-vuln"

    /// Where this model is; nil when it is not installed.
    var folder: String? { Self.folder(named: rawValue) }

    /// The folder of a shipped model: in one of the folders of `$SECUREBERT_MODELS`, beside the binary, or in the checkout it
    /// was built in; nil when it is in none of them.
    static func folder(named name: String) -> String? {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else { return nil }
        return InstalledFolders.all("SECUREBERT_MODELS", checkout: "Models", installed: "models").lazy.map {
            FileSystem.join($0, name)
        }.first {
            FileSystem.kind(of: FileSystem.join($0, "config.json")) == .file
        }
    }
}
