import CSecureBERTKernels

extension Compute {
    /// The gradient of attention with respect to queries, keys and values; tiled and banded like the forward pass.
    /// - Parameters:
    ///   - dropout: What the forward pass dropped.
    ///   - result: What the forward pass returned, `[tokens, headCount * headSize]`.
    ///   - logSumExp: The logarithm of each query's softmax denominator, `[headCount, tokens]`.
    ///   - gradient: That of the result.
    func attentionBackward(
        _ projected: Tensor, _ sequences: SequenceLayout, headCount: Int, radius: Int?, rotary: RotaryEmbedding?,
        dropout: AttentionDropout, result: Tensor, logSumExp: Tensor, _ gradient: Tensor
    ) throws(TensorError) {
        guard let variable = projected.variable else { return }
        let width = projected.shape[1] / 3
        let headSize = width / headCount
        let projectedGradient = try Tensor(uninitialized: projected.shape)
        guard let base = projected.floatPointer, let output = result.floatPointer, let dy = gradient.floatPointer,
            let sums = logSumExp.floatPointer, let dx = projectedGradient.mutableFloatPointer
        else { return }
        let tables = try rotary?.tables(positions: sequences.longest)
        let scratchBytes = sb_attention_backward_scratch_bytes(sequences.longest, headSize)
        // Longest sequences first: a long one that starts last would be waited for.
        let order = sequences.indices.sorted { sequences[$0].count > sequences[$1].count }
        withExtendedLifetime((projected, result, gradient, logSumExp, tables)) {
            run(parts: order.count * headCount) { part, worker in
                let rows = sequences[order[part / headCount]]
                let head = part % headCount
                guard !rows.isEmpty else { return }
                let first = rows.lowerBound * 3 * width + head * headSize
                let outputFirst = rows.lowerBound * width + head * headSize
                var attention = sb_attention_backward()
                attention.q = base + first
                attention.k = base + first + width
                attention.v = base + first + 2 * width
                attention.stride = 3 * width
                attention.out = output + outputFirst
                attention.d_out = dy + outputFirst
                attention.out_stride = width
                attention.log_sum_exp = sums + head * sequences.rows + rows.lowerBound
                attention.d_q = dx + first
                attention.d_k = dx + first + width
                attention.d_v = dx + first + 2 * width
                attention.d_stride = 3 * width
                attention.length = rows.count
                attention.head_size = headSize
                attention.scale = 1 / Float(headSize).squareRoot()
                attention.radius = radius ?? -1
                attention.cos = tables?.cosines.floatPointer
                attention.sin = tables?.sines.floatPointer
                attention.bf16 = arithmetic == .bfloat16
                attention.dropout = dropout.rate
                attention.dropout_key = dropout.key(head: order[part / headCount] * headCount + head)
                sb_attention_backward_f32(&attention, sb_scratch(pool, worker, 0, scratchBytes))
            }
        }
        try variable.add(projectedGradient, self)
    }
}
