import SecureBERTTraining
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Checkpoints of a run that are no longer what was saved.
@Suite struct DamagedCheckpointTests {
    let run: TinyRun
    init() throws { run = try TinyRun() }

    /// What happens to a file of the last checkpoint.
    enum Damage: Sendable {
        case cut, removed, notANumber
    }

    /// The complaint names the checkpoint, and what it advises leads to the same model.
    @Test(arguments: [
        ("optimizer.safetensors", Damage.cut, "optimizer.safetensors: "),
        ("optimizer.safetensors", .removed, "optimizer.safetensors: does not exist"),
        ("optimizer.safetensors", .notANumber, "holds numbers that are not finite"),
        ("state.json", .cut, "state.json: is not valid JSON"),
        ("state.json", .removed, "state.json: does not exist"),
        ("model/model.safetensors", .cut, "model.safetensors: "),
        ("model/model.safetensors", .notANumber, "holds numbers that are not finite"),
        ("model/config.json", .removed, ""),
    ])
    func damageIsNamedAndTheOlderCheckpointGoesOn(file: String, damage: Damage, problem: String) throws {
        try run.train("whole")
        try run.train("run", stopAfter: 7)
        #expect(run.folder.names(in: "run/checkpoints") == ["step-00000006", "step-00000007"])
        let checkpoint = "run/checkpoints/step-00000007"
        var bytes = try run.folder.read("\(checkpoint)/\(file)")
        switch damage {
        case .cut: try run.folder.write("\(checkpoint)/\(file)", bytes[..<(bytes.count / 2)])
        case .removed: unlink(run.folder.file("\(checkpoint)/\(file)"))
        case .notANumber:
            bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
            try run.folder.write("\(checkpoint)/\(file)", bytes)
        }
        let error = try #require(throws: TrainingError.self) { try run.trainer("run") }
        #expect(error.code == .badCheckpoint)
        #expect(
            error.description.hasPrefix("\(run.folder.file(checkpoint)): the checkpoint is damaged (\(problem)")
                || (damage == .notANumber && error.description.contains(problem)), "\(error)")
        #expect(error.description.hasSuffix("; remove this folder to go on from step-00000006"), "\(error)")
        #expect(!error.description.contains("download"), "\(error)")
        #expect(try ChildProcess.run("rm", ["-r", run.folder.file(checkpoint)]))
        try run.train("run")
        let model = "model/model.safetensors"
        #expect(try run.folder.read("run/\(model)") == run.folder.read("whole/\(model)"))
    }

    @Test func aDamagedFirstCheckpointBeginsAnew() throws {
        try run.train("run", stopAfter: 2)
        try run.folder.write("run/checkpoints/step-00000002/state.json", "{}")
        let error = try #require(throws: TrainingError.self) { try run.trainer("run") }
        #expect(error.description.hasSuffix("; remove this folder to begin the run anew"), "\(error)")
    }

    /// Another number of threads is no error: sums of gradients are then rounded otherwise, which is said.
    @Test func resumingWithOtherThreadsIsSaid() throws {
        try run.train("run", threads: 2, stopAfter: 3)
        func note(threads: Int) throws -> String? {
            var note: String?
            let trainer = try run.trainer("run", threads: threads)
            try trainer.run(shouldStop: { true }) { event in
                if case .otherThreads(let saved, let now) = event { note = "\(saved) to \(now)" }
            }
            return note
        }
        #expect(try note(threads: 2) == nil)
        #expect(try note(threads: 1) == "2 to 1")
        #expect(try note(threads: 1) == nil)
    }
}
