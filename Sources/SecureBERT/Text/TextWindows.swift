import SecureBERTTokenizers

/// What a task reads: a text, or a pair of texts that the model sees together.
public struct TextInput: Sendable, Hashable {
    public let text: String
    public let pair: String?

    public init(_ text: String, pair: String? = nil) {
        self.text = text
        self.pair = pair
    }

    /// Both texts changed.
    func map(_ change: (String) -> String) -> TextInput { TextInput(change(text), pair: pair.map(change)) }
}

/// How much of an input the model has read.
public struct InputUsage: Sendable, Hashable {
    /// Tokens of the input, without special tokens.
    public let tokens: Int
    /// Windows it was read in; 1 when it fits the model.
    public let windows: Int
    /// Whether tokens were left out; only ever true when truncation was asked for.
    public let truncated: Bool
}

/// An input as the encoder gets it: one encoding, or overlapping ones when it is longer than the model.
struct TextWindows {
    /// Each at most the model's length, special tokens included; at least one.
    let encodings: [Encoding]
    /// Index of each window's first token among those of the windowed text, special tokens not counted.
    let starts: [Int]
    let usage: InputUsage
}

extension PretrainedModel {
    /// Cuts an input into windows.
    /// - Parameters:
    ///   - limit: The most tokens of a window, special tokens included; nil or more than the model has mean ``maximumTokens``.
    ///   - overlap: Tokens that neighbouring windows share; nil for a quarter of a window.
    ///   - truncate: One window with what fits. Of a pair the longer text is cut first, as transformers' `longest_first` does.
    /// - Throws: ``TaskError`` when the first text of a pair alone leaves no room for a window of the second.
    func windows(
        of input: TextInput, maximumTokens limit: Int? = nil, overlap: Int? = nil, truncate: Bool = false
    ) throws -> TextWindows {
        let maximumTokens = min(limit ?? .max, maximumTokens)
        let whole = try tokenizer.encode(input.text, pair: input.pair)
        let tokens = whole.count - tokenizer.specialTokenCount(isPair: input.pair != nil)
        guard whole.count > maximumTokens else {
            return TextWindows(
                encodings: [whole], starts: [0], usage: InputUsage(tokens: tokens, windows: 1, truncated: false))
        }
        if truncate {
            let encoding = try tokenizer.encode(
                input.text, pair: input.pair,
                truncation: Truncation(maximumLength: maximumTokens, strategy: .longestFirst))
            return TextWindows(
                encodings: [encoding], starts: [0], usage: InputUsage(tokens: tokens, windows: 1, truncated: true))
        }
        // Of a pair the second text is windowed, the first repeated: a query with each part of a document.
        let repeated = input.pair == nil ? 0 : whole.sequenceIDs.count { $0 == 0 }
        let capacity = maximumTokens - (whole.count - tokens) - repeated
        guard capacity > 0 else {
            throw TaskError(
                .invalidInput,
                """
                the first text of the pair has \(repeated) tokens and leaves no room for the second in a model of \
                \(maximumTokens) tokens; shorten it, or ask for truncation, which cuts both
                """)
        }
        let shared = min(overlap ?? capacity / 4, capacity - 1)
        let encodings = try tokenizer.encodeWindows(
            input.text, pair: input.pair,
            truncation: Truncation(
                maximumLength: maximumTokens, strategy: input.pair == nil ? .longestFirst : .onlySecond, stride: shared)
        )
        return TextWindows(
            encodings: encodings, starts: encodings.indices.map { $0 * (capacity - shared) },
            usage: InputUsage(tokens: tokens, windows: encodings.count, truncated: false))
    }
}

extension TextWindows {
    /// A token of the windowed text in the window where it has the most context.
    struct Place {
        let window: Int
        /// Index among the window's tokens.
        let index: Int
        /// Index among the tokens of the text as if it had been read in one window, special tokens included.
        let position: Int
    }

    /// The tokens of the windowed text (the second of a pair, otherwise the only one) in order, each in the window where it
    /// stands farthest from a cut.
    func bestWindowOfEachToken() -> [Place] {
        var places: [Place] = []
        var margins: [Int] = []
        for (window, encoding) in encodings.enumerated() {
            let sequences = encoding.sequenceIDs
            let sequence = sequences.contains(1) ? 1 : 0
            let indices = sequences.indices.filter { sequences[$0] == sequence }
            guard let first = indices.first else { continue }
            for (offset, index) in indices.enumerated() {
                // The start of the first window and the end of the last one are no cuts.
                let left = window == 0 ? Int.max : offset
                let right = window == encodings.count - 1 ? Int.max : indices.count - 1 - offset
                let token = starts[window] + offset
                let place = Place(window: window, index: index, position: first + token)
                if token == places.count {
                    places.append(place)
                    margins.append(min(left, right))
                } else if min(left, right) > margins[token] {
                    places[token] = place
                    margins[token] = min(left, right)
                }
            }
        }
        return places
    }
}
