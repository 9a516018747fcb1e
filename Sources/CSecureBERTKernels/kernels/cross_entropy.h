// Cross-entropy of rows of logits, and its gradient, which the same exponentials give: with a = (1 - smoothing) * w[target],
// b = smoothing / n and W the sum of the class weights,
// loss = -a log p[target] - b sum over c of w[c] log p[c],   d loss / d x[c] = p[c] (a + b W) - a [c is the target] - b w[c].

/// The sum over c of w[c] (x[c] - maximum), w all ones if NULL.
SB_INLINE float weighted_distance(const float *x, const float *w, sb_int n, float maximum) {
    const vf m = vset(maximum);
    vf sum = vzero();
    sb_int c = 0;
    for (; c + VW <= n; c += VW) sum = vfma(vsub(vload(x + c), m), w ? vload(w + c) : vset(1), sum);
    float total = vsum(sum);
    for (; c < n; c++) total += (x[c] - maximum) * (w ? w[c] : 1);
    return total;
}

static void cross_entropy_kernel(const float *x, sb_int ldx, const int32_t *targets, const float *class_weights,
                                 float smoothing, float *losses, float scale, float *dx, sb_int lddx, sb_int rows, sb_int n) {
    const float b = smoothing / (float)n;
    float weight_sum = (float)n;
    if (class_weights && smoothing > 0) {
        double sum = 0;
        for (sb_int c = 0; c < n; c++) sum += class_weights[c];
        weight_sum = (float)sum;
    }
    for (sb_int r = 0; r < rows; r++) {
        const float *in = x + r * ldx;
        float *out = dx ? dx + r * lddx : NULL;
        const sb_int target = targets[r];
        if (target < 0) {
            losses[r] = 0;
            if (out) memset(out, 0, (size_t)n * sizeof(float));
            continue;
        }
        // Whatever is read of x comes before the exponentials, which may replace it.
        const float a = (1 - smoothing) * (class_weights ? class_weights[target] : 1), maximum = row_maximum(in, n);
        const float target_distance = in[target] - maximum;
        const float distance = smoothing > 0 ? weighted_distance(in, class_weights, n, maximum) : 0;
        const float sum = exponentials(in, out, n, maximum), log_sum = logf(sum);
        losses[r] = a * (log_sum - target_distance) + (smoothing > 0 ? b * (weight_sum * log_sum - distance) : 0);
        if (!out) continue;
        const vf factor = vset(scale * (smoothing > 0 ? a + b * weight_sum : a) / sum), offset = vset(-scale * b);
        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            vf d = vmul(factor, vload_part(out + c, lanes));
            if (smoothing > 0) d = class_weights ? vfma(offset, vload_part(class_weights + c, lanes), d) : vadd(d, offset);
            vstore_part(out + c, d, lanes);
        }
        out[target] -= scale * a;
    }
}
