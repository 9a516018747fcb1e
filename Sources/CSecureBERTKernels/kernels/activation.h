// Elementwise functions over flat arrays and gated rows; the functions themselves are in elementary.h.

SB_INLINE void activate_loop(sb_activation activation, const float *x, float *y, sb_int count) {
    sb_int i = 0;
    for (; i + VW <= count; i += VW) vstore(y + i, vactivate(activation, vload(x + i)));
    if (i < count) vstore_n(y + i, vactivate(activation, vload_n(x + i, count - i)), count - i);
}

/// One row. The next one is fetched meanwhile: three streams in short runs are more than the hardware follows.
SB_INLINE void gated_loop(sb_activation activation, const float *x, sb_int ldx, float *y, sb_int ldy, sb_int h) {
    for (sb_int i = 0; i < h; i += VW) {
        const sb_int lanes = sb_min(VW, h - i);
        __builtin_prefetch(x + ldx + i, 0, 3);
        __builtin_prefetch(x + ldx + h + i, 0, 3);
        __builtin_prefetch(y + ldy + i, 1, 3);
        const vf value = vactivate(activation, vload_part(x + i, lanes));
        vstore_part(y + i, vmul(value, vload_part(x + h + i, lanes)), lanes);
    }
}

static void activate_kernel(sb_activation activation, const float *x, float *y, sb_int count) {
    switch (activation) { // one loop per function, without a branch inside
    case SB_NONE: activate_loop(SB_NONE, x, y, count); break;
    case SB_GELU_ERF: activate_loop(SB_GELU_ERF, x, y, count); break;
    case SB_GELU_TANH: activate_loop(SB_GELU_TANH, x, y, count); break;
    case SB_SILU: activate_loop(SB_SILU, x, y, count); break;
    case SB_RELU: activate_loop(SB_RELU, x, y, count); break;
    case SB_TANH: activate_loop(SB_TANH, x, y, count); break;
    }
}

static void gated_activation_kernel(sb_activation activation, const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows,
                                    sb_int h) {
    for (sb_int r = 0; r < rows; r++) {
        const float *from = x + r * ldx;
        float *to = y + r * ldy;
        switch (activation) {
        case SB_NONE: gated_loop(SB_NONE, from, ldx, to, ldy, h); break;
        case SB_GELU_ERF: gated_loop(SB_GELU_ERF, from, ldx, to, ldy, h); break;
        case SB_GELU_TANH: gated_loop(SB_GELU_TANH, from, ldx, to, ldy, h); break;
        case SB_SILU: gated_loop(SB_SILU, from, ldx, to, ldy, h); break;
        case SB_RELU: gated_loop(SB_RELU, from, ldx, to, ldy, h); break;
        case SB_TANH: gated_loop(SB_TANH, from, ldx, to, ldy, h); break;
        }
    }
}

static void exp_kernel(const float *x, float *y, sb_int count) {
    sb_int i = 0;
    for (; i + VW <= count; i += VW) vstore(y + i, vexp(vload(x + i)));
    if (i < count) vstore_n(y + i, vexp(vload_n(x + i, count - i)), count - i);
}

static void add_kernel(const float *a, const float *b, float *y, sb_int count) {
    sb_int i = 0;
    for (; i + VW <= count; i += VW) vstore(y + i, vadd(vload(a + i), vload(b + i)));
    for (; i < count; i++) y[i] = a[i] + b[i];
}

static void scale_kernel(float factor, const float *x, float *y, sb_int count) {
    sb_int i = 0;
    for (; i + VW <= count; i += VW) vstore(y + i, vmul(vset(factor), vload(x + i)));
    for (; i < count; i++) y[i] = factor * x[i];
}

static void add_scaled_kernel(float factor, const float *x, float *y, sb_int count) {
    sb_int i = 0;
    for (; i + VW <= count; i += VW) vstore(y + i, vfma(vset(factor), vload(x + i), vload(y + i)));
    if (i < count) vstore_n(y + i, vfma(vset(factor), vload_n(x + i, count - i), vload_n(y + i, count - i)), count - i);
}
