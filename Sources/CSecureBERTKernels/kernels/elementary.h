// Elementary functions over vectors, and loads of stored types. The polynomials were fitted for this project by weighted
// minimax (Lawson's iteration) and checked in f32 over their whole range; the errors stated are those of f32 evaluation.

/// 2^x within 1.1 ulp; 0 below -151, infinity from 128, NaN stays NaN.
SB_INLINE vf vexp2(vf x) {
    vf n, f = vsplit(x, &n);
    vf p = vset(0.00021612917f);
    p = vfma(p, f, vset(0.00124678459f));
    p = vfma(p, f, vset(0.00967545162f));
    p = vfma(p, f, vset(0.0554852806f));
    p = vfma(p, f, vset(0.240229306f));
    p = vfma(p, f, vset(0.693147044f));
    p = vfma(p, f, vset(1.0f));
    return vscale2(p, n);
}

/// e^x within 2 ulp: x = n ln 2 + r with ln 2 in two pieces, then a polynomial of r.
SB_INLINE vf vexp(vf x) {
    x = vmin(vset(89.5f), vmax(vset(-104.5f), x));
    vf n = vround(vmul(x, vset(1.44269504f)));
    vf r = vfnma(n, vset(0.693359375f), x);   // 9 significant bits: n times it is exact
    r = vfnma(n, vset(-2.12194440e-4f), r);
    vf p = vset(0.00138436465f);
    p = vfma(p, r, vset(0.00837416154f));
    p = vfma(p, r, vset(0.0416680024f));
    p = vfma(p, r, vset(0.166664312f));
    p = vfma(p, r, vset(0.499999942f));
    p = vfma(p, r, vset(1.00000003f));
    p = vfma(p, r, vset(1.0f));
    return vscale2(p, n);
}

/// e^x for x <= 0 (or barely above), where rounding x log2 e costs an absolute error below 5e-8, however far x is.
SB_INLINE vf vexp_below(vf x) { return vexp2(vmul(x, vset(1.44269504f))); }

/// Exact GELU. With t = |x| and h = P(N(0,1) > t):  gelu(x) = max(x, 0) - t h, and log2 h is close to a polynomial of t, so
/// one polynomial and one exp2 serve the whole line, without cancellation for negative x. Error below 1e-7 max(1, |x|).
SB_INLINE vf vgelu_erf(vf x) {
    vf t = vmin(vset(16.0f), vabs(x));
    vf q = vset(-1.70581674e-6f);
    q = vfma(q, t, vset(2.53023018e-5f));
    q = vfma(q, t, vset(-0.000115732376f));
    q = vfma(q, t, vset(-0.000319451824f));
    q = vfma(q, t, vset(0.00732656889f));
    q = vfma(q, t, vset(-0.0527073062f));
    q = vfma(q, t, vset(-0.459119294f));
    q = vfma(q, t, vset(-1.1511222f));
    q = vfma(q, t, vset(-0.99999898f));
    return vfnma(t, vexp2(q), vmax(vzero(), x));
}

/// x sigmoid(2 c) with c = sqrt(2/pi) (x + 0.044715 x^3), which equals x (1 + tanh c) / 2.
SB_INLINE vf vgelu_tanh(vf x) {
    vf c = vfma(vmul(vmul(x, x), x), vset(0.044715f), x);
    vf e = vexp(vmul(vset(-1.59576912f), c));
    return vdiv(x, vadd(vset(1.0f), e));
}

SB_INLINE vf vsilu(vf x) { return vdiv(x, vadd(vset(1.0f), vexp(vsub(vzero(), x)))); }

/// tanh: an odd polynomial near zero, 1 - 2 / (1 + e^2|x|) elsewhere.
SB_INLINE vf vtanh(vf x) {
    vf t = vabs(x), z = vmul(x, x);
    vf p = vset(-0.00570498509f);
    p = vfma(p, z, vset(0.0206390856f));
    p = vfma(p, z, vset(-0.0537397146f));
    p = vfma(p, z, vset(0.133314422f));
    p = vfma(p, z, vset(-0.333332819f));
    vf near = vfma(vmul(x, z), p, x);
    vf far = vsub(vset(1.0f), vdiv(vset(2.0f), vadd(vset(1.0f), vexp(vadd(t, t)))));
    return vselect_less(t, vset(0.625f), near, vcopysign(far, x));
}

SB_INLINE vf vactivate(sb_activation activation, vf x) {
    switch (activation) {
    case SB_NONE: return x;
    case SB_GELU_ERF: return vgelu_erf(x);
    case SB_GELU_TANH: return vgelu_tanh(x);
    case SB_SILU: return vsilu(x);
    case SB_RELU: return vmax(vzero(), x);
    case SB_TANH: return vtanh(x);
    }
    return x;
}

/// The first n of VW lanes, or all: a branch that is always predicted, cheaper than a mask where masks are not free.
SB_INLINE vf vload_part(const float *p, sb_int n) { return n == VW ? vload(p) : vload_n(p, n); }
SB_INLINE void vstore_part(float *p, vf v, sb_int n) {
    if (n == VW)
        vstore(p, v);
    else
        vstore_n(p, v, n);
}

/// Element `index` of an array of a stored type.
SB_INLINE const void *vaddress(const void *base, sb_dtype type, sb_int index) {
    return (const char *)base + index * (type == SB_F32 ? 4 : 2);
}
/// VW elements of a stored type, as f32.
SB_INLINE vf vload_typed(const void *p, sb_dtype type) {
    if (type == SB_F16) return vload_f16(p);
    if (type == SB_BF16) return vload_bf16(p);
    return vload(p);
}
/// The first n of VW elements of a stored type; the others are zero and not read.
SB_INLINE vf vload_typed_n(const void *p, sb_dtype type, sb_int n) {
    if (type == SB_F32) return vload_n(p, n);
    uint16_t lanes[VW] = {0};
    memcpy(lanes, p, (size_t)n * 2);
    return type == SB_F16 ? vload_f16(lanes) : vload_bf16(lanes);
}
SB_INLINE void vstore_typed_n(void *p, sb_dtype type, vf v, sb_int n) {
    if (type == SB_F32) {
        vstore_n(p, v, n);
        return;
    }
    uint16_t lanes[VW];
    if (type == SB_F16)
        vstore_f16(lanes, v);
    else
        vstore_bf16(lanes, v);
    memcpy(p, lanes, (size_t)n * 2);
}
