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
        if let notice = folder.card?.notice, Terminal.standardError.isTerminal { messages.note(notice) }
        let hasModules = FileSystem.kind(of: FileSystem.join(folder.path, "modules.json")) == .file
        if head == ModelHead.none, !hasModules, let task = HeadTask(folder.configuration.shared.head) {
            messages.note(
                "\(folder.path.visible) is a model for securebert \(task.commands); for vectors the mean of its tokens is taken"
            )
        }
        return try PretrainedModel.open(folder, head: head, Compute(threads: compute.threads))
    }
}

extension PretrainedModel {
    /// Loads a folder for a task.
    /// - Throws: ``CommandLineError`` when the model was trained for another task, or has no head for this one.
    static func open(_ folder: ModelFolder, head: ModelHead?, _ compute: Compute) throws -> PretrainedModel {
        let found = folder.configuration.shared.head
        let wanted = HeadTask(head ?? found)
        // Its head may have the shapes of the one that is wanted.
        if let wanted, let other = HeadTask(found), other.head != wanted.head {
            throw CommandLineError(
                .badInput, "\(folder.path.visible): is a model for securebert \(other.commands), not for this task",
                hint: wanted.hint)
        }
        do {
            return try ModelNameOption.asBadModel { try PretrainedModel(folder: folder, head: head, compute: compute) }
        } catch let error as CheckpointError where error.code == .weightMismatch {
            guard let wanted, found != wanted.head else { throw error }
            throw CommandLineError(
                .badInput,
                """
                \(folder.path.visible): is \(found == .maskedLanguageModel ? "a masked language model" : "an encoder") \
                without the head that securebert \(wanted.commands) need\(wanted.commands.contains(" ") ? "" : "s")
                """, hint: wanted.hint)
        }
    }
}

/// A head that is trained for one task, and who uses it.
private struct HeadTask {
    let head: ModelHead
    /// The commands that use it.
    let commands: String
    /// Where a model with it comes from.
    let hint: String

    init?(_ head: ModelHead) {
        self.head = head
        switch head {
        case .tokenClassification:
            (commands, hint) = ("ner", "take securebert-mini-ner, or train a model with securebert finetune ner")
        case .sequenceClassification:
            (commands, hint) = (
                "classify and rerank",
                "take securebert-mini-attack or securebert-mini-rerank, or train a model with securebert finetune"
            )
        case .questionAnswering:
            (commands, hint) = (
                "answer",
                "name one with --model, or train it with securebert finetune answer; none comes with the program"
            )
        default: return nil
        }
    }
}
