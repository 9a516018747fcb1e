import Crypto
import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTModels
import SecureBERTTensor

/// Fine-tuning of one encoder with a head for each of several tasks, so that a text is encoded once for all of them
/// (Caruana 1997). A batch has examples of every task, and its loss is the mean of theirs, weighted by their examples.
///
/// Saved as a folder of the encoder that also holds the weights of the heads, named `heads.NAME.*`, and a folder
/// `heads/NAME` with the configuration of each, which can be opened as a model of its own.
public final class JointTask: FinetuningTask {
    /// A part of one task's examples.
    public struct Part {
        let tokens: Int
        let loss: (Compute) throws -> Tensor
    }

    /// A task of the run.
    struct Member {
        let name: String
        let exampleCount: Int
        /// How often an example is seen in the time in which one of a task with a share of 1 is.
        let share: Double
        let dataDigest: String
        let measure: Measure
        let modelConfiguration: JSON
        let parts: ([Int], Int, Compute) throws -> [Part]
        let evaluate: (Compute) throws -> [Metric]
        let saveSettings: (String) throws -> Void

        init<Task: FinetuningTask>(_ name: String, share: Double, _ task: Task) {
            self.name = name
            self.share = share
            exampleCount = task.exampleCount
            dataDigest = task.dataDigest
            measure = task.measure
            modelConfiguration = task.modelConfiguration
            parts = { examples, step, compute in
                try task.parts(of: examples, step: step, compute).map { part in
                    Part(tokens: task.tokens(of: part)) { try task.loss(of: part, $0) }
                }
            }
            evaluate = task.evaluate
            saveSettings = task.saveSettings
        }
    }

    public let parameterSet: ParameterSet
    public let adapter: LowRankAdapter? = nil
    public let measure = Measure("mean", .more)
    private let members: [Member]
    private let configuration: JSON
    private let tokenizerFolder: String

    /// - Parameters:
    ///   - recipe: How to train; its checkpoint is the one of all tasks.
    ///   - seed: Decides new weights and order.
    ///   - compute: Where the arithmetic runs.
    /// - Throws: What making the tasks throws.
    public init(_ recipe: JointRecipe, seed: UInt64, compute: Compute) throws {
        let common = recipe.common
        let set = ParameterSet(isTrained: common.isTrained)
        parameterSet = set
        members = try recipe.tasks.map { task in
            try task.member(common, sharing: EncoderSharing(parameterSet: set, head: task.name), seed: seed, compute)
        }
        let folder = try ModelFolder(path: common.start)
        configuration = try HeadConfiguration.replaced(
            in: folder.configurationJSON, folder.configuration, head: .none, labels: [],
            changes: common.changes(to: folder))
        tokenizerFolder = folder.modelPath
    }

    public var exampleCount: Int { members.reduce(0) { $0 + $1.exampleCount } }

    public var samplingWeights: [Double]? {
        members.allSatisfy { $0.share == 1 }
            ? nil : members.flatMap { Array(repeating: $0.share, count: $0.exampleCount) }
    }

    public var dataDigest: String {
        var hash = SHA256()
        for member in members { hash.update(data: Array("\(member.name) \(member.dataDigest)\n".utf8)) }
        return Array(hash.finalize()).hex
    }

    public func parts(of examples: [Int], step: Int, _ compute: Compute) throws -> [Part] {
        var first = 0
        var parts: [Part] = []
        for member in members {
            let range = first..<first + member.exampleCount
            first = range.upperBound
            let own = examples.filter(range.contains).map { $0 - range.lowerBound }
            guard !own.isEmpty else { continue }
            let weight = Float(own.count) / Float(examples.count)
            parts += try member.parts(own, step, compute).map { part in
                Part(tokens: part.tokens) { try $0.scale(part.loss($0), by: weight) }
            }
        }
        return parts
    }

    public func tokens(of part: Part) -> Int { part.tokens }

    public func loss(of part: Part, _ compute: Compute) throws -> Tensor { try part.loss(compute) }

    public func evaluate(_ compute: Compute) throws -> [Metric] {
        let results = try members.map { member in (member, try member.evaluate(compute)) }
        let mean = results.reduce(0) { $0 + ($1.1.first?.value ?? 0) } / Double(max(results.count, 1))
        return [Metric(measure.name, mean)]
            + results.flatMap { member, metrics in metrics.map { Metric("\(member.name): \($0.name)", $0.value) } }
    }

    public var modelConfiguration: JSON { configuration }

    public func saveModel(to folder: String) throws {
        try ModelFolderWriter(configuration: configuration, tokenizerFolder: tokenizerFolder)
            .write(parameterSet.tensors, to: folder)
        for member in members {
            let head = FileSystem.join(folder, "\(SharedHead.folderName)/\(member.name)")
            try FileSystem.makeFolder(FileSystem.join(folder, SharedHead.folderName))
            try FileSystem.makeFolder(head)
            let members = (member.modelConfiguration.objectValue?.members ?? []) + [(SharedHead.key, .bool(true))]
            try AtomicFile.write(
                Array((JSON.object(.init(members)).prettyText + "\n").utf8), to: FileSystem.join(head, "config.json"))
            try member.saveSettings(folder)
        }
    }
}
