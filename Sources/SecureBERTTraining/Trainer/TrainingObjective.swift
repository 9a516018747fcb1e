import SecureBERTJSON
import SecureBERTTensor

/// What a ``Trainer`` trains: a model with its data and its loss.
public protocol TrainingObjective: AnyObject {
    /// A part of an optimizer step, small enough for memory.
    associatedtype Part

    /// The tensors to optimize.
    var parameters: [Parameter] { get }
    /// How much of the run is done, 0...1: decides the learning rate.
    var progress: Double { get }
    /// Where the run stands in the data, for a checkpoint.
    var state: JSON { get }
    /// What a run must have in common with a checkpoint it resumes: digests of recipe, vocabulary and data by name.
    var identity: [(name: String, value: String)] { get }

    /// The parts of the next step.
    /// - Parameter step: Its number, from 0.
    func nextStep(_ step: Int) throws -> [Part]
    /// Tokens in a part, for the rate.
    func tokens(of part: Part) -> Int
    /// The loss of a part, divided so that those of a step's parts add up to its mean.
    func loss(of part: Part, _ compute: Compute) throws -> Tensor
    /// Called when the gradients of a step are complete: turns those of what the model computes with into those of
    /// ``parameters``, where these are not the same.
    func willStep(_ compute: Compute) throws
    /// Called when the optimizer has changed ``parameters``: changes what the model computes with accordingly.
    func didStep(_ compute: Compute) throws
    /// Which of the measured numbers decides what the best checkpoint is.
    var measure: Measure { get }
    /// What is measured on held-out data, the deciding number first; nothing when there is no such data.
    func evaluate(_ compute: Compute) throws -> [Metric]
    /// Saves the model as a folder that can be loaded.
    func saveModel(to folder: String) throws
    /// Goes to where a checkpoint stood: parameters and data.
    func restore(modelFolder: String, state: JSON, file: String) throws
}

extension TrainingObjective {
    /// Nothing: the model computes with the parameters themselves.
    public func willStep(_ compute: Compute) throws {}
    /// Nothing: the model computes with the parameters themselves.
    public func didStep(_ compute: Compute) throws {}
}

/// A measured number by name.
public struct Metric: Sendable, Equatable {
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// What decides which checkpoint is the best.
public struct Measure: Sendable, Equatable {
    /// Which numbers are better.
    public enum Goal: Sendable {
        case less, more
    }

    public let name: String
    public let goal: Goal

    public init(_ name: String, _ goal: Goal) {
        self.name = name
        self.goal = goal
    }

    /// Whether a finite value is better than the best so far, if there is one.
    func isBetter(_ value: Double, than best: Double?) -> Bool {
        guard let best else { return true }
        return goal == .less ? value < best : value > best
    }
}

/// What a trainer tells while it works.
public enum TrainingEvent: Sendable {
    /// The run goes on from a checkpoint.
    case resumed(step: Int)
    /// The checkpoint was saved by a run with another number of threads, so the results are not those of that run to the last
    /// bit.
    case otherThreads(saved: Int, now: Int)
    /// A step was taken.
    case step(StepRecord)
    case evaluated(step: Int, [Metric], isBest: Bool)
    case saved(step: Int, folder: String)
}

/// What is logged of a step.
public struct StepRecord: Sendable, Equatable {
    /// Steps taken, this one included.
    public let step: Int
    /// How much of the run is done, 0...1.
    public let progress: Double
    public let loss: Double
    public let learningRate: Double
    /// Length of all gradients together, before clipping.
    public let gradientNorm: Double
    /// Tokens seen so far.
    public let tokens: Int
    public let tokensPerSecond: Double
}
