import CSecureBERTKernels

extension Compute {
    /// Softmax attention of every token to the tokens of its own sequence.
    ///
    /// Scores are computed in tiles with a running maximum and sum, so no matrix of tokens by tokens is ever in memory
    /// (Dao et al. 2022, arXiv 2205.14135). With a radius only the band of keys around each query is computed.
    ///
    /// - Parameters:
    ///   - projected: Queries, keys and values side by side, `[tokens, 3 * headCount * headSize]`.
    ///   - sequences: Where each sequence lies among the tokens.
    ///   - headCount: How many heads share the width.
    ///   - radius: A query attends to keys at a distance of at most this many tokens, inclusive; nil for all of them.
    ///     With radius 1, token `c` of `a b c d e` attends to `b c d`.
    ///   - rotary: Rotates queries and keys by their positions in the sequence; nil for no rotation.
    ///   - dropout: The part of the weights dropped while training; the others are divided by the part kept.
    /// - Returns: The heads' weighted sums side by side, `[tokens, headCount * headSize]`.
    public func attention(
        _ projected: Tensor, _ sequences: SequenceLayout, headCount: Int, radius: Int? = nil,
        rotary: RotaryEmbedding? = nil, dropout: Float = 0
    ) throws(TensorError) -> Tensor {
        precondition(headCount > 0, "attention needs a head")
        let tokens = sequences.rows
        try projected.check("attention", "projections", [tokens, nil])
        let width = projected.shape[1] / 3
        let headSize = width / headCount
        guard headSize * headCount * 3 == projected.shape[1], (1...256).contains(headSize),
            rotary == nil || rotary?.headSize == headSize
        else {
            throw TensorError(
                .shapeMismatch, operation: "attention",
                expected: "3 x \(headCount) heads of 1 to 256 elements"
                    + (rotary.map { ", here \($0.headSize) for the rotation" } ?? ""),
                found: "\(projected.shape)")
        }
        let result = try Tensor(uninitialized: Shape([tokens, width]))
        guard tokens > 0, let base = projected.floatPointer, let output = result.mutableFloatPointer else {
            return result
        }
        let tables = try rotary?.tables(positions: sequences.longest)
        let dropout = AttentionDropout(rate: dropout, dropoutKeys)
        let logSumExp =
            tape != nil && projected.variable != nil ? try Tensor(uninitialized: Shape([headCount, tokens])) : nil
        let plan = AttentionPlan(sequences, headCount: headCount, radius: radius, parts: threads)
        withExtendedLifetime((projected, tables, logSumExp)) {
            run(parts: plan.parts.count) { part, worker in
                let scratch = sb_scratch(pool, worker, 0, sb_attention_scratch_bytes(headSize))
                for item in plan.parts[part] {
                    let first = sequences.starts[item.sequence]
                    var attention = sb_attention()
                    attention.q = base + first * 3 * width + item.head * headSize
                    attention.k = base + first * 3 * width + width + item.head * headSize
                    attention.v = base + first * 3 * width + 2 * width + item.head * headSize
                    attention.q_stride = 3 * width
                    attention.k_stride = 3 * width
                    attention.v_stride = 3 * width
                    attention.out = output + first * width + item.head * headSize
                    attention.out_stride = width
                    attention.length = sequences[item.sequence].count
                    attention.head_size = headSize
                    attention.scale = 1 / Float(headSize).squareRoot()
                    attention.radius = radius ?? -1
                    attention.cos = tables?.cosines.floatPointer
                    attention.sin = tables?.sines.floatPointer
                    attention.bf16 = arithmetic == .bfloat16
                    attention.dropout = dropout.rate
                    attention.dropout_key = dropout.key(head: item.sequence * headCount + item.head)
                    attention.log_sum_exp = logSumExp?.mutableFloatPointer.map { $0 + item.head * tokens + first }
                    sb_attention_f32(&attention, item.queries.lowerBound, item.queries.upperBound, scratch)
                }
            }
        }
        guard let logSumExp else { return result }
        return record(result, of: [projected]) { gradient, compute throws(TensorError) in
            try compute.attentionBackward(
                projected, sequences, headCount: headCount, radius: radius, rotary: rotary, dropout: dropout,
                result: result, logSumExp: logSumExp, gradient)
        }
    }
}

/// Which weights one use of attention drops.
struct AttentionDropout {
    /// The part dropped.
    let rate: Float
    private let key: UInt64

    /// Takes a key if anything is to be dropped, which is while training.
    init(rate: Float, _ keys: DropoutKeys?) {
        if let keys, rate > 0 {
            (self.rate, key) = (rate, keys.next())
        } else {
            (self.rate, key) = (0, 0)
        }
    }

    /// The key of a head, counted over all sequences; the kernel mixes its bits.
    func key(head: Int) -> UInt64 { key &+ UInt64(head) }
}

/// Which worker computes which queries of which head: equal arithmetic for everyone, decided before the work starts.
package struct AttentionPlan {
    package struct Item: Equatable {
        package let sequence: Int
        package let head: Int
        package let queries: Range<Int>
    }

    /// One list per worker.
    package private(set) var parts: [[Item]]

    /// Lays the heads of all sequences end to end, weighted by queries x keys, and cuts that line into equal parts. A head
    /// that straddles a cut is split between two workers at a multiple of the kernel's query block.
    package init(_ sequences: SequenceLayout, headCount: Int, radius: Int?, parts count: Int) {
        parts = Array(repeating: [], count: count)
        let keysPerQuery = sequences.indices.map { index in
            let length = sequences[index].count
            return radius.map { min(length, 2 * $0 + 1) } ?? length
        }
        let total = sequences.indices.reduce(0.0) { sum, index in
            sum + Double(headCount) * Double(sequences[index].count) * Double(keysPerQuery[index])
        }
        let share = total / Double(count)
        let block = sb_attention_query_block()
        var part = 0
        var load = 0.0
        for sequence in sequences.indices {
            let length = sequences[sequence].count
            for head in 0..<headCount {
                var next = 0
                while next < length {
                    let rest = length - next
                    let room = Int((share - load) / Double(keysPerQuery[sequence]))
                    let fits = rest <= room || part == count - 1
                    let taken = fits ? rest : min(rest, (room + block / 2) / block * block)
                    if taken > 0 {
                        parts[part].append(Item(sequence: sequence, head: head, queries: next..<next + taken))
                        next += taken
                        load += Double(taken) * Double(keysPerQuery[sequence])
                    }
                    // The part is full when the head did not fit into it.
                    if next < length, part < count - 1 {
                        part += 1
                        load = 0
                    }
                }
            }
        }
    }
}
