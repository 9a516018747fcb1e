import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTIntel

/// Where scores of earlier scans are remembered.
struct ScanCacheOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of remembered scores. Default: securebert/scan in $XDG_CACHE_HOME or ~/.cache.", valueName: "dir"),
        completion: .directory)
    var cache: String?

    @Flag(help: "Score every function anew, and remember nothing.")
    var noCache = false

    mutating func validate() throws {
        if cache != nil, noCache { throw ValidationError("--cache and --no-cache exclude each other") }
    }

    private var folder: String? {
        if let cache { return cache }
        let base = SystemCalls.environment("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = SystemCalls.environment("HOME").map { FileSystem.join($0, ".cache") }
        return (base ?? home).map { FileSystem.join($0, "securebert/scan") }
    }

    /// The cache for a model; nil when none is wanted or none can be made.
    /// - Throws: `CheckpointError` when a folder that was named cannot be made.
    func open(_ model: ModelFolder, _ compute: ComputeOptions, _ messages: MessageOptions) throws -> ScanCache? {
        guard !noCache, let folder else { return nil }
        let identity = try ScanCache.identity(model, settings: compute.precision.rawValue)
        do {
            let cache = try ScanCache(folder: folder, model: identity)
            if cache.damagedLines > 0 {
                messages.note(
                    "\(folder.visible): \(cache.damagedLines.counted("remembered score")) cannot be read; computed again"
                )
            }
            return cache
        } catch {
            if cache != nil { throw error }
            messages.note("scores are not remembered: \(error)")
            return nil
        }
    }
}
