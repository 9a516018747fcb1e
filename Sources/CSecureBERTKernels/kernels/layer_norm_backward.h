// The gradient of layer norm. With h the normalized row and g = dy * weight:
// dx = (g - mean(g) - h * mean(g * h)) / sqrt(var + eps).
// The row passes three times through the first-level cache: its mean; its squared distances with the two sums over g; dx.

typedef struct {
    vf squares, g, gh; // sums of (x - mean)^2, g and g (x - mean)
} norm_sums;

SB_INLINE void norm_gather(norm_sums *sums, const float *x, const float *dy, const float *weight, vf center, sb_int lanes) {
    vf v = vsub(vload_part(x, lanes), center), g = vload_part(dy, lanes);
    // Lanes past the row hold -mean in v and zero in g.
    if (lanes < VW) v = vselect_less(viota(), vset((float)lanes), v, vzero());
    if (weight) g = vmul(g, vload_part(weight, lanes));
    sums->squares = vfma(v, v, sums->squares);
    sums->g = vadd(sums->g, g);
    sums->gh = vfma(g, v, sums->gh);
}

/// The mean of a row. Its last bit matters less here than in layer_norm.h.
SB_INLINE float norm_center(const float *x, sb_int n) {
    vf even = vzero(), odd = vzero();
    sb_int c = 0;
    for (; c + 2 * VW <= n; c += 2 * VW) {
        even = vadd(even, vload(x + c));
        odd = vadd(odd, vload(x + c + VW));
    }
    for (; c < n; c += VW) even = vadd(even, vload_part(x + c, sb_min(VW, n - c)));
    return vsum(vadd(even, odd)) / (float)n;
}

static void layer_norm_backward_kernel(const sb_layer_norm_backward *b, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        const float *x = b->x + r * b->ldx, *dy = b->dy + r * b->lddy, *weight = b->weight;
        const float *residual = b->residual ? b->residual + r * b->ldr : NULL;
        float *dx = b->dx + r * b->lddx;
        const vf center = vset(norm_center(x, n));

        norm_sums even = {vzero(), vzero(), vzero()}, odd = even;
        sb_int c = 0;
        for (; c + 2 * VW <= n; c += 2 * VW) {
            norm_gather(&even, x + c, dy + c, weight ? weight + c : NULL, center, VW);
            norm_gather(&odd, x + c + VW, dy + c + VW, weight ? weight + c + VW : NULL, center, VW);
        }
        for (; c < n; c += VW) norm_gather(&even, x + c, dy + c, weight ? weight + c : NULL, center, sb_min(VW, n - c));
        const float inverse = 1 / sqrtf(vsum(vadd(even.squares, odd.squares)) / (float)n + b->eps);
        const vf deviation = vset(inverse), g_mean = vset(vsum(vadd(even.g, odd.g)) / (float)n);
        const vf gh_mean = vset(vsum(vadd(even.gh, odd.gh)) * inverse / (float)n);

        for (c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            const vf h = vmul(vsub(vload_part(x + c, lanes), center), deviation), d = vload_part(dy + c, lanes);
            const vf g = weight ? vmul(d, vload_part(weight + c, lanes)) : d;
            vf result = vmul(deviation, vfnma(h, gh_mean, vsub(g, g_mean)));
            if (residual) result = vadd(result, vload_part(residual + c, lanes));
            vstore_part(dx + c, result, lanes);
            if (b->dweight) vstore_part(b->dweight + c, vfma(d, h, vload_part(b->dweight + c, lanes)), lanes);
            if (b->dbias) vstore_part(b->dbias + c, vadd(d, vload_part(b->dbias + c, lanes)), lanes);
        }
    }
}
