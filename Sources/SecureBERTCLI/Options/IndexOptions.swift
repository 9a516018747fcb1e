import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTSearch

/// Which index.
struct IndexLocationOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the index. Default: $SECUREBERT_INDEX, or securebert/index in the user's data folder.",
            valueName: "dir"),
        completion: .directory)
    var index: String?

    @Option(
        help: ArgumentHelp(
            "PostgreSQL database with pgvector that holds the index instead.", valueName: "postgres://..."))
    var store: String?

    mutating func validate() throws {
        if index != nil, store != nil { throw ValidationError("--index and --store exclude each other") }
        if let store, case .folder = SearchLocation(store) {
            throw ValidationError("--store must be postgres://..., found \(store.visible); a folder is for --index")
        }
        if index?.isEmpty == true { throw ValidationError("--index must name a folder, found nothing") }
    }

    /// Whether the command line names one.
    var isGiven: Bool { index != nil || store != nil }

    /// The index that is meant.
    /// - Throws: ``CommandLineError`` when nobody says and there is no home to look in.
    func location() throws(CommandLineError) -> SearchLocation {
        if let named = store ?? index ?? SystemCalls.environment("SECUREBERT_INDEX") { return SearchLocation(named) }
        guard let folder = Self.userFolder else {
            throw CommandLineError(.usage, "there is no HOME to keep the index in", hint: "--index DIR")
        }
        return .folder(folder)
    }

    /// Whether there is an index though the command line names none.
    var hasDefault: Bool {
        if SystemCalls.environment("SECUREBERT_INDEX") != nil { return true }
        return Self.userFolder.map { FileSystem.kind(of: $0) == .folder } ?? false
    }

    /// `$XDG_DATA_HOME/securebert/index`, below `~/.local/share` when that is not set.
    private static var userFolder: String? {
        let data = SystemCalls.environment("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = SystemCalls.environment("HOME").map { FileSystem.join($0, ".local/share") }
        return (data ?? home).map { FileSystem.join($0, "securebert/index") }
    }
}

/// How an index is changed.
struct IndexUpdateOptions: ParsableArguments {
    @OptionGroup var location: IndexLocationOption
    @OptionGroup var settings: IndexSettings

    @Option(help: ArgumentHelp("Documents that are committed together, at most.", valueName: "n"))
    var batch = 128

    @Option(help: ArgumentHelp("Wait so long for another process that writes to the index.", valueName: "seconds"))
    var wait = 0.0

    @Flag(help: "Print the id of each document as JSON as soon as it can no longer be lost.")
    var acknowledge = false

    @Flag(help: "Print what was done as JSON.")
    var json = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var messages: MessageOptions

    mutating func validate() throws {
        guard (1...10_000).contains(batch) else { throw ValidationError("--batch must be 1 to 10000, found \(batch)") }
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait must be 0 to 86400, found \(wait)") }
        if acknowledge, json { throw ValidationError("--acknowledge and --json exclude each other") }
    }
}

/// What is decided when an index is made.
struct IndexSettings: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How a new index keeps vectors: float32, int8 or binary. Default: float32.", valueName: "format"))
    var vectors: VectorFormat?

    @Option(
        help: ArgumentHelp(
            """
            Vectors kept beside those of a new index to compare the best again: float32, int8 or none. Default: int8 \
            beside binary, otherwise none.
            """, valueName: "format"))
    var rescore: Rescoring?

    @Option(
        help: ArgumentHelp(
            "The most tokens of a passage of a new index. Default: 256, or as many as the model reads.", valueName: "n")
    )
    var passageTokens: Int?

    @Option(
        help: ArgumentHelp(
            "Tokens that neighbouring passages of a new index share, at most. Default: an eighth.", valueName: "n"))
    var overlap: Int?

    enum Rescoring: String, CaseIterable, ExpressibleByArgument {
        case float32
        case int8
        case none

        var format: VectorFormat? { VectorFormat(rawValue: rawValue) }
    }

    mutating func validate() throws {
        if let passageTokens, !(16...8192).contains(passageTokens) {
            throw ValidationError("--passage-tokens must be 16 to 8192, found \(passageTokens)")
        }
        if let overlap, !(0...4096).contains(overlap) {
            throw ValidationError("--overlap must be 0 to 4096, found \(overlap)")
        }
        if let overlap, let passageTokens, overlap * 2 > passageTokens {
            throw ValidationError("--overlap must be at most half of --passage-tokens, found \(overlap)")
        }
        if let rescore = rescore?.format, let vectors, rescore.rawValue == vectors.rawValue {
            throw ValidationError("--rescore must be more precise than --vectors, found \(rescore.rawValue) for both")
        }
    }

    /// The description of a new index.
    func manifest(_ encoder: SearchEncoder) -> IndexManifest {
        let identity = encoder.identity
        let tokens = min(passageTokens ?? 256, encoder.maximumTokens)
        let format = vectors ?? .float32
        return IndexManifest(
            modelName: identity.name, modelDigest: identity.digest, dimensions: identity.dimensions,
            passagePrompt: identity.passagePrompt, queryPrompt: identity.queryPrompt, vectorFormat: format,
            rescoringFormat: rescore.map(\.format) ?? (format == .binary ? .int8 : nil), passageTokens: tokens,
            overlapTokens: min(overlap ?? tokens / 8, tokens / 2))
    }

    /// Refuses settings that an index which is there does not have.
    func check(_ manifest: IndexManifest, location: String) throws(CommandLineError) {
        func refuse(_ option: String, _ found: String) -> CommandLineError {
            CommandLineError(
                .usage, "\(location.visible): was built with \(option) \(found), which cannot be changed",
                hint: "leave the option out, or build another index")
        }
        if let vectors, vectors != manifest.vectorFormat { throw refuse("--vectors", manifest.vectorFormat.rawValue) }
        if let rescore, rescore.format != manifest.rescoringFormat {
            throw refuse("--rescore", manifest.rescoringFormat?.rawValue ?? "none")
        }
        if let passageTokens, passageTokens != manifest.passageTokens {
            throw refuse("--passage-tokens", "\(manifest.passageTokens)")
        }
        if let overlap, overlap != manifest.overlapTokens { throw refuse("--overlap", "\(manifest.overlapTokens)") }
    }
}

extension VectorFormat: ExpressibleByArgument {}
