import SecureBERT
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTokenizers

extension ModelNameOption {
    /// The folder that `--model` or the environment names, or that of a shipped model.
    /// - Parameter shipped: The one for the task at hand.
    /// - Throws: ``CommandLineError`` when there is none; ``CheckpointError`` when there is no such folder.
    func folderPath(default shipped: ShippedModel = .base) throws -> String {
        guard let name = model ?? SystemCalls.environment("SECUREBERT_MODEL") else {
            if let folder = shipped.folder { return folder }
            throw CommandLineError(
                .usage,
                """
                no model was named: neither --model nor the variable SECUREBERT_MODEL is set, and \
                \(shipped.rawValue) is not installed beside this program
                """,
                hint: "--model DIR, or securebert pull org/name and then --model org/name")
        }
        if FileSystem.kind(of: name) == nil, let folder = ShippedModel.folder(named: name) { return folder }
        return try HubCache().folder(for: name)
    }

    /// Opens the folder without reading the weights.
    func folder(default shipped: ShippedModel = .base) throws -> ModelFolder {
        let path = try folderPath(default: shipped)
        return try Self.asBadModel { try ModelFolder(path: path) }
    }

    /// A file that a folder lacks makes the folder a bad model; "not found" is for what the user named.
    static func asBadModel<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CheckpointError {
            guard error.code == .notFound else { throw error }
            throw CommandLineError(.badInput, error.description)
        }
    }

    /// Only the tokenizer; the folder needs nothing else.
    func tokenizer() throws -> Tokenizer {
        let path = try folderPath()
        // Older sentence-transformers models have it in the folder of their Transformer module.
        let inner = path + "/0_Transformer"
        let isInner = TokenizerFiles(folder: path).kind == nil && TokenizerFiles(folder: inner).kind != nil
        return try Tokenizer(folder: isInner ? inner : path)
    }
}

extension ModelOptions {
    /// Loads the model.
    /// - Parameters:
    ///   - messages: Says whether remarks are wanted.
    ///   - head: nil for the one the configuration names.
    ///   - shipped: The model when none is named.
    func load(
        _ messages: MessageOptions, head: ModelHead? = nil, default shipped: ShippedModel = .base
    ) throws -> PretrainedModel {
        let folder = try name.folder(default: shipped)
        try Self.check(folder, for: head)
        if let notice = folder.card?.notice, Terminal.standardError.isTerminal { messages.note(notice) }
        return try ModelNameOption.asBadModel {
            try PretrainedModel(folder: folder, head: head, compute: Compute(threads: compute.threads))
        }
    }

    /// Refuses a model that was trained for another task, whose head may have the shapes of the one that is wanted.
    private static func check(_ folder: ModelFolder, for head: ModelHead?) throws(CommandLineError) {
        let tasks: [ModelHead: String] = [
            .tokenClassification: "ner", .sequenceClassification: "classify and rerank", .questionAnswering: "answer",
        ]
        let found = folder.configuration.shared.head
        guard let head, tasks[head] != nil, let task = tasks[found], found != head else { return }
        throw CommandLineError(
            .badInput, "\(folder.path.visible): is a model for securebert \(task), not for this task")
    }
}
