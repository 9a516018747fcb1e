import SecureBERTCheckpoint
import SecureBERTJSON
import SecureBERTTensor

extension RunFolder {
    /// Something to go on from.
    struct Checkpoint {
        let folder: String
        /// The name of the checkpoint before this one, to go on from when this one is damaged; nil when there is none.
        let older: String?
        let steps: Int
        let tokens: Int
        let best: Double?
        let evaluationsSinceBest: Int
        /// The number of threads of the run that saved it; nil when it does not say.
        let threads: Int?
        let dataState: JSON
        let identity: JSON

        var modelFolder: String { FileSystem.join(folder, "model") }
        var optimizerFile: String { FileSystem.join(folder, "optimizer.safetensors") }
        var stateFile: String { FileSystem.join(folder, "state.json") }

        /// - Parameters:
        ///   - folder: The checkpoint.
        ///   - older: The name of the one before it.
        /// - Throws: ``TrainingError`` when it is not as it was saved; `CheckpointError` when it cannot be read.
        init(folder: String, older: String?) throws {
            self.folder = folder
            self.older = older
            let json = try Self.reading(folder, older: older) {
                try FileSystem.readJSON(FileSystem.join(folder, "state.json"), limit: 16 << 20)
            }
            guard json["version"]?.integerValue == 1, let steps = json["steps"]?.integerValue, steps >= 0,
                let tokens = json["tokens"]?.integerValue, let data = json["data"], let identity = json["identity"]
            else {
                throw Self.damaged(folder, older: older, "state.json: is not the state of a checkpoint of this version")
            }
            self.steps = steps
            self.tokens = tokens
            best = json["best"]?.doubleValue
            evaluationsSinceBest = json["evaluationsSinceBest"]?.integerValue ?? 0
            threads = json["threads"]?.integerValue
            dataState = data
            self.identity = identity
        }

        /// - Throws: ``TrainingError`` naming what is no longer what it was.
        func checkIdentity(_ current: [(name: String, value: String)]) throws {
            for (name, value) in current where identity[name]?.stringValue != value {
                throw TrainingError(
                    .mismatch,
                    """
                    \(folder): was saved with another \(name); resume with the one it was started with, or give a new \
                    run folder
                    """)
            }
        }

        /// Reads a part of the checkpoint.
        /// - Throws: ``TrainingError`` naming the checkpoint when the part is not as it was saved; what the body throws otherwise.
        func reading<Result>(_ body: () throws -> Result) throws -> Result {
            try Self.reading(folder, older: older, body)
        }

        /// The complaint about this checkpoint.
        /// - Parameter problem: What is wrong with it, as a clause.
        func damaged(_ problem: String) -> TrainingError { Self.damaged(folder, older: older, problem) }

        private static func reading<Result>(
            _ folder: String, older: String?, _ body: () throws -> Result
        ) throws -> Result {
            do {
                return try body()
            } catch let error as CheckpointError where error.code != .unreadable && error.code != .writeFailed {
                // What follows is advice about downloads, and this file was never downloaded.
                let problem = error.problem.firstRange(of: "; ").map { error.problem[..<$0.lowerBound] }
                let file = error.file.split(separator: "/").last ?? ""
                throw damaged(folder, older: older, "\(file): \(problem ?? error.problem[...])")
            } catch let error as TensorError where error.code == .shapeMismatch || error.code == .elementTypeMismatch {
                throw damaged(folder, older: older, error.description)
            }
        }

        private static func damaged(_ folder: String, older: String?, _ problem: String) -> TrainingError {
            TrainingError(
                .badCheckpoint,
                """
                \(folder): the checkpoint is damaged (\(problem)); remove this folder to \
                \(older.map { "go on from \($0)" } ?? "begin the run anew")
                """)
        }
    }
}
