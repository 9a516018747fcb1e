import SecureBERTTensor
import Synchronization

/// The parameters of a model that is trained, in the order in which it was built, by their names in the checkpoint.
public final class ParameterSet: Sendable {
    private let isTrained: @Sendable (String) -> Bool
    private let rename: @Sendable (String) -> String
    private let state: State

    private struct Content {
        var parameters: [Parameter] = []
        var constants: [(name: String, tensor: Tensor)] = []
        var values: [String: Tensor] = [:]
    }

    private final class State: Sendable {
        private let content = Mutex(Content())

        func withLock<Result, Failure: Error>(_ body: (inout Content) throws(Failure) -> Result) throws(Failure)
            -> Result
        {
            try content.withLock { content throws(Failure) in try body(&content) }
        }
    }

    /// - Parameter isTrained: Says of each name whether the optimizer may change that tensor; the others stay as they are.
    public init(isTrained: @escaping @Sendable (String) -> Bool = { _ in true }) {
        self.isTrained = isTrained
        rename = { $0 }
        state = State()
    }

    private init(_ other: ParameterSet, _ rename: @escaping @Sendable (String) -> String) {
        (isTrained, state) = (other.isTrained, other.state)
        self.rename = rename
    }

    /// The same set for another model: what that calls by a new name is its own, what keeps its name is shared.
    public func renamed(_ rename: @escaping @Sendable (String) -> String) -> ParameterSet { ParameterSet(self, rename) }

    /// The tensors that the optimizer changes.
    public var parameters: [Parameter] { state.withLock { $0.parameters } }

    /// All tensors of the model, float32, as they are now: what a checkpoint of it holds.
    public var tensors: [(name: String, tensor: Tensor)] {
        state.withLock { state in state.parameters.map { ($0.name, $0.value) } + state.constants }
    }

    /// The tensor a layer is to use: the parameter of that name, made when it is first asked for.
    func add(_ name: String, _ initial: Tensor, _ compute: Compute) throws(TensorError) -> Tensor {
        try state.withLock { state throws(TensorError) in
            let newName = rename(name)
            if let value = state.values[newName] { return value }
            let parameter = try Parameter(name: newName, initial, compute)
            let value = isTrained(name) ? parameter.value : parameter.constantValue
            if isTrained(name) {
                state.parameters.append(parameter)
            } else {
                state.constants.append((newName, value))
            }
            state.values[newName] = value
            return value
        }
    }
}
