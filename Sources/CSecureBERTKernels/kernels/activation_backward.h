// Derivatives of the activations, and the loops which multiply gradients by them. Value and derivative share their
// exponential, which a gate's gradient needs both of.

/// Returns gelu(x) and sets `*derivative`, both within 2e-7 max(1, |x|). With t = |x|, h = P(N(0,1) > t) and p the density of
/// N(0,1): gelu(x) = max(x, 0) - t h, and the derivative is h - t p(t) for negative x, 1 minus that for positive x. h / p is
/// smooth: a polynomial and one exponential give both. (Fitted as those in elementary.h, weighted by the exponential.)
SB_INLINE vf vgelu_erf_both(vf x, vf *derivative) {
    const vf t = vmin(vset(16.0f), vabs(x)), e = vexp2(vmul(vmul(t, t), vset(-0.72134752f)));
    vf m = vset(1.27134945e-6f);
    m = vfma(m, t, vset(-2.89959626e-5f));
    m = vfma(m, t, vset(0.000295171107f));
    m = vfma(m, t, vset(-0.00180143409f));
    m = vfma(m, t, vset(0.0075419182f));
    m = vfma(m, t, vset(-0.0237629469f));
    m = vfma(m, t, vset(0.0607018024f));
    m = vfma(m, t, vset(-0.132305607f));
    m = vfma(m, t, vset(0.24986957f));
    m = vfma(m, t, vset(-0.398932487f));
    m = vfma(m, t, vset(0.499999881f));
    const vf lower = vmul(e, vfnma(t, vset(0.39894228f), m));
    *derivative = vselect_less(x, vzero(), lower, vsub(vset(1.0f), lower));
    return vfnma(t, vmul(e, m), vmax(vzero(), x));
}

/// As vgelu_tanh, x s with s = sigmoid(2 c): the derivative is s + x s (1 - s) 2 c', where 1 - s = e s keeps its digits. The
/// limits keep e finite; beyond them s is 0 or 1.
SB_INLINE vf vgelu_tanh_both(vf x, vf *derivative) {
    const vf z = vmax(vset(-10.0f), vmin(vset(10.0f), x)), square = vmul(z, z);
    const vf e = vexp(vmul(vset(-1.59576912f), vfma(vmul(square, z), vset(0.044715f), z)));
    const vf s = vdiv(vset(1.0f), vadd(vset(1.0f), e));
    const vf slope = vfma(square, vset(0.214064474f), vset(1.59576912f)); // 2 c'
    *derivative = vfma(vmul(vmul(z, s), vmul(e, s)), slope, s);
    return vmul(x, s);
}

SB_INLINE vf vsilu_both(vf x, vf *derivative) {
    const vf z = vmax(vset(-88.0f), vmin(vset(88.0f), x)), e = vexp(vsub(vzero(), z));
    const vf s = vdiv(vset(1.0f), vadd(vset(1.0f), e));
    *derivative = vfma(vmul(z, s), vmul(e, s), s);
    return vmul(x, s);
}

/// Returns activation(x) and sets `*derivative`.
SB_INLINE vf vactivate_both(sb_activation activation, vf x, vf *derivative) {
    switch (activation) {
    case SB_GELU_ERF: return vgelu_erf_both(x, derivative);
    case SB_GELU_TANH: return vgelu_tanh_both(x, derivative);
    case SB_SILU: return vsilu_both(x, derivative);
    case SB_RELU: *derivative = vselect_less(vzero(), x, vset(1.0f), vzero()); return vmax(vzero(), x);
    case SB_TANH: {
        const vf y = vtanh(x);
        *derivative = vfnma(y, y, vset(1.0f));
        return y;
    }
    case SB_NONE: break;
    }
    *derivative = vset(1.0f);
    return x;
}

SB_INLINE void activation_backward_loop(sb_activation activation, const float *x, const float *dy, float *dx, sb_int count) {
    for (sb_int i = 0; i < count; i += VW) {
        const sb_int lanes = sb_min(VW, count - i);
        vf derivative;
        vactivate_both(activation, vload_part(x + i, lanes), &derivative);
        vstore_part(dx + i, vmul(vload_part(dy + i, lanes), derivative), lanes);
    }
}

/// One row, the next one fetched meanwhile, as in gated_loop.
SB_INLINE void gated_backward_loop(sb_activation activation, const float *x, sb_int ldx, const float *dy, sb_int lddy,
                                   float *dx, sb_int lddx, sb_int h) {
    for (sb_int i = 0; i < h; i += VW) {
        const sb_int lanes = sb_min(VW, h - i);
        __builtin_prefetch(x + ldx + i, 0, 3);
        __builtin_prefetch(x + ldx + h + i, 0, 3);
        __builtin_prefetch(dy + lddy + i, 0, 3);
        __builtin_prefetch(dx + lddx + i, 1, 3);
        __builtin_prefetch(dx + lddx + h + i, 1, 3);
        const vf gate = vload_part(x + h + i, lanes), d = vload_part(dy + i, lanes);
        vf derivative;
        const vf value = vactivate_both(activation, vload_part(x + i, lanes), &derivative);
        vstore_part(dx + i, vmul(vmul(d, gate), derivative), lanes);
        vstore_part(dx + h + i, vmul(d, value), lanes);
    }
}

static void activation_backward_kernel(sb_activation activation, const float *x, const float *dy, float *dx, sb_int count) {
    switch (activation) { // one loop per function, without a branch inside
    case SB_NONE: activation_backward_loop(SB_NONE, x, dy, dx, count); break;
    case SB_GELU_ERF: activation_backward_loop(SB_GELU_ERF, x, dy, dx, count); break;
    case SB_GELU_TANH: activation_backward_loop(SB_GELU_TANH, x, dy, dx, count); break;
    case SB_SILU: activation_backward_loop(SB_SILU, x, dy, dx, count); break;
    case SB_RELU: activation_backward_loop(SB_RELU, x, dy, dx, count); break;
    case SB_TANH: activation_backward_loop(SB_TANH, x, dy, dx, count); break;
    }
}

static void gated_activation_backward_kernel(sb_activation activation, const float *x, sb_int ldx, const float *dy,
                                             sb_int lddy, float *dx, sb_int lddx, sb_int rows, sb_int h) {
    for (sb_int r = 0; r < rows; r++) {
        const float *in = x + r * ldx, *gradient = dy + r * lddy;
        float *out = dx + r * lddx;
        switch (activation) {
        case SB_NONE: gated_backward_loop(SB_NONE, in, ldx, gradient, lddy, out, lddx, h); break;
        case SB_GELU_ERF: gated_backward_loop(SB_GELU_ERF, in, ldx, gradient, lddy, out, lddx, h); break;
        case SB_GELU_TANH: gated_backward_loop(SB_GELU_TANH, in, ldx, gradient, lddy, out, lddx, h); break;
        case SB_SILU: gated_backward_loop(SB_SILU, in, ldx, gradient, lddy, out, lddx, h); break;
        case SB_RELU: gated_backward_loop(SB_RELU, in, ldx, gradient, lddy, out, lddx, h); break;
        case SB_TANH: gated_backward_loop(SB_TANH, in, ldx, gradient, lddy, out, lddx, h); break;
        }
    }
}
