// Softmax and log-softmax of rows, with the row's maximum subtracted first.

SB_INLINE float row_maximum(const float *x, sb_int n) {
    float maximum = -INFINITY;
    sb_int c = 0;
    if (n >= VW) {
        vf m = vload(x);
        for (c = VW; c + VW <= n; c += VW) m = vmax(m, vload(x + c));
        maximum = vmaximum(m);
    }
    for (; c < n; c++) maximum = x[c] > maximum ? x[c] : maximum;
    return maximum;
}

/// Stores exp(x - maximum) where `y` is given; returns the sum. Lanes past n count as exp(-infinity).
SB_INLINE float exponentials(const float *x, float *y, sb_int n, float maximum) {
    const vf m = vset(maximum);
    vf sum = vzero();
    sb_int c = 0;
    for (; c + VW <= n; c += VW) {
        vf e = vexp(vsub(vload(x + c), m));
        if (y) vstore(y + c, e);
        sum = vadd(sum, e);
    }
    float total = vsum(sum);
    if (c < n) {
        float lanes[VW];
        vstore(lanes, vexp(vsub(vload_n(x + c, n - c), m)));
        for (sb_int i = 0; i < n - c; i++) {
            if (y) y[c + i] = lanes[i];
            total += lanes[i];
        }
    }
    return total;
}

static void softmax_kernel(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        float *out = y + r * ldy;
        float sum = exponentials(x + r * ldx, out, n, row_maximum(x + r * ldx, n));
        scale_kernel(1 / sum, out, out, n);
    }
}

static void log_softmax_kernel(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        const float *in = x + r * ldx;
        float *out = y + r * ldy;
        const float maximum = row_maximum(in, n), log_sum = logf(exponentials(in, NULL, n, maximum));
        const vf m = vset(maximum), l = vset(log_sum);
        sb_int c = 0;
        for (; c + VW <= n; c += VW) vstore(out + c, vsub(vsub(vload(in + c), m), l));
        for (; c < n; c++) out[c] = in[c] - maximum - log_sum;
    }
}
