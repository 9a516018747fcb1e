/// How a text longer than the model's limit is cut. Nothing is cut unless the caller asks for it.
public struct Truncation: Sendable, Equatable {
    /// Which text of a pair gives way.
    public enum Strategy: String, Sendable {
        /// The longer text first, until both fit.
        case longestFirst = "LongestFirst"
        /// Only the first text.
        case onlyFirst = "OnlyFirst"
        /// Only the second text.
        case onlySecond = "OnlySecond"
    }

    /// The end that is cut off.
    public enum Direction: String, Sendable {
        case left = "Left"
        case right = "Right"
    }

    /// Number of tokens allowed, special tokens included.
    public var maximumLength: Int
    /// Which text of a pair gives way.
    public var strategy: Strategy
    /// The end that is cut off.
    public var direction: Direction
    /// Number of tokens that consecutive windows share.
    public var stride: Int

    /// Cuts to `maximumLength` tokens; windows share `stride` tokens.
    public init(
        maximumLength: Int, strategy: Strategy = .longestFirst, direction: Direction = .right, stride: Int = 0
    ) {
        self.maximumLength = maximumLength
        self.strategy = strategy
        self.direction = direction
        self.stride = stride
    }

    /// Windows of a sequence: what is kept first, then the rest in overlapping windows.
    ///
    /// - Parameters:
    ///   - count: number of tokens.
    ///   - limit: tokens per window. With 0 nothing is kept and everything is one further window, as in the reference.
    func windows(count: Int, limit: Int) throws(TokenizerError) -> [Range<Int>] {
        if limit >= count { return [0..<count] }
        if limit == 0 { return [0..<0, 0..<count] }
        guard stride < limit else {
            throw TokenizerError(
                .invalidRequest,
                "a stride of \(stride) tokens needs windows longer than that, but \(limit) tokens are left per window"
                    + " (maximum length \(maximumLength) less special tokens and the other text); lower the stride")
        }
        var result: [Range<Int>] = []
        switch direction {
        case .right:
            var start = 0
            while true {
                let end = min(start + limit, count)
                result.append(start..<end)
                if end == count { return result }
                start += limit - stride
            }
        case .left:
            var end = count
            while true {
                let start = max(end - limit, 0)
                result.append(start..<end)
                if start == 0 { return result }
                end -= limit - stride
            }
        }
    }

    /// Windows of both texts of a pair, or of one text.
    /// - Parameter available: tokens allowed without special tokens.
    func windows(first: Int, second: Int?, available: Int) throws(TokenizerError) -> ([Range<Int>], [Range<Int>]?) {
        if available == 0 {
            return (
                try windows(count: first, limit: 0),
                try second.map { count throws(TokenizerError) in
                    try windows(count: count, limit: 0)
                }
            )
        }
        let total = first + (second ?? 0)
        guard total > available else { return ([0..<first], second.map { [0..<$0] }) }
        let excess = total - available
        switch strategy {
        case .longestFirst:
            guard let second else { return (try windows(count: first, limit: available), nil) }
            var short = min(first, second)
            var long = short > available ? short : max(short, available - short)
            if short + long > available {
                short = available / 2
                long = short + available % 2
            }
            let (firstLimit, secondLimit) = first > second ? (long, short) : (short, long)
            return (try windows(count: first, limit: firstLimit), try windows(count: second, limit: secondLimit))
        case .onlyFirst:
            guard first > excess else { throw tooShort("first", count: first, excess: excess) }
            return (try windows(count: first, limit: first - excess), second.map { [0..<$0] })
        case .onlySecond:
            guard let second else {
                throw TokenizerError(
                    .invalidRequest, "truncation of the second text was asked for, but there is only one text")
            }
            guard second > excess else { throw tooShort("second", count: second, excess: excess) }
            return ([0..<first], try windows(count: second, limit: second - excess))
        }
    }

    private func tooShort(_ which: String, count: Int, excess: Int) -> TokenizerError {
        TokenizerError(
            .invalidRequest,
            "the pair is \(excess) tokens over the maximum length \(maximumLength), and the \(which) text has only \(count)"
                + " to give; shorten the other text or use another truncation strategy")
    }
}

/// How encodings are filled up to a common length, for programs that need rectangles; this library's models do not.
public struct Padding: Sendable, Equatable {
    /// The length to fill up to.
    public enum Length: Sendable, Equatable {
        /// The longest of the encodings made together.
        case longest
        case fixed(Int)
    }

    /// The length to fill up to.
    public var length: Length
    /// The end that is filled up.
    public var direction: Truncation.Direction
    /// When not nil, lengths are rounded up to a multiple of this.
    public var multiple: Int?
    /// The id of the padding token.
    public var id: Int32
    /// The segment of the padding token.
    public var typeID: Int32
    /// The padding token as text.
    public var token: String

    /// Fills up with the given token.
    public init(
        length: Length = .longest, direction: Truncation.Direction = .right, multiple: Int? = nil, id: Int32,
        typeID: Int32 = 0, token: String
    ) {
        self.length = length
        self.direction = direction
        self.multiple = multiple
        self.id = id
        self.typeID = typeID
        self.token = token
    }

    /// The length encodings whose longest has `longest` tokens are filled up to.
    func target(longest: Int) -> Int {
        var target = longest
        if case .fixed(let length) = length { target = length }
        if let multiple, multiple > 0, target % multiple > 0 { target += multiple - target % multiple }
        return target
    }
}
