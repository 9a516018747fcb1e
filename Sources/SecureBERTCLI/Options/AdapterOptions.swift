import ArgumentParser
import SecureBERTCheckpoint
import SecureBERTTensor
import SecureBERTTraining

/// What the `adapter` commands have in common.
struct AdapterOptions: ParsableArguments {
    @OptionGroup var model: ModelNameOption

    @Option(
        help: ArgumentHelp("Folder of the adapter, with adapter_config.json.", valueName: "dir"),
        completion: .directory)
    var adapter: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Folder to write, which must not exist yet.", valueName: "dir"),
        completion: .directory)
    var output: String

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var messages: MessageOptions

    func write(unmerging isUnmerging: Bool) throws {
        try AtomicFolder.checkFree(output)
        let compute = try Compute(threads: threads.threads)
        let merging = try AdapterMerging(
            model.folder(), AdapterFolder(path: adapter), unmerging: isUnmerging, compute: compute)
        try AtomicFolder.write(output) { try merging.write(to: $0, compute) }
        messages.note("wrote \(output.visible)")
    }
}
