// What an optimizer step does to each parameter.

/// Blocks of a thousand in f32, their sums in double. Squares beyond f32 (gradients of 1e19) are taken again in double.
static double sum_of_squares_kernel(const float *x, sb_int count) {
    enum { BLOCK = 1024 };
    double total = 0;
    for (sb_int i = 0; i < count; i += BLOCK) {
        const sb_int n = sb_min(BLOCK, count - i);
        double sum = dot_kernel(x + i, x + i, n);
        if (!isfinite(sum)) {
            sum = 0;
            for (sb_int c = i; c < i + n; c++) sum += (double)x[c] * x[c];
        }
        total += sum;
    }
    return total;
}

static void adamw_kernel(const sb_adamw *s, float *w, float *m, float *v, const float *gradient, sb_int count) {
    const vf scale = vset(s->gradient_scale), shrink = vset(1 - s->lr * s->decay), eps = vset(s->eps);
    const vf rest1 = vset(1 - s->beta1), beta2 = vset(s->beta2), rest2 = vset(1 - s->beta2);
    const vf step = vset(s->lr / s->bias1), root = vset(1 / sqrtf(s->bias2));
    for (sb_int i = 0; i < count; i += VW) {
        const sb_int lanes = sb_min(VW, count - i);
        const vf g = vmul(scale, vload_part(gradient + i, lanes)), before = vload_part(m + i, lanes);
        const vf mean = vfma(rest1, vsub(g, before), before);
        const vf square = vfma(rest2, vmul(g, g), vmul(beta2, vload_part(v + i, lanes)));
        const vf direction = vdiv(mean, vfma(vsqrt(square), root, eps));
        vstore_part(m + i, mean, lanes);
        vstore_part(v + i, square, lanes);
        vstore_part(w + i, vfnma(step, direction, vmul(shrink, vload_part(w + i, lanes))), lanes);
    }
}
