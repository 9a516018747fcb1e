// The gradient of layer norm. With h the normalized row and g = dy * weight:
// dx = (g - mean(g) - h * mean(g * h)) / sqrt(var + eps).
// The row passes three times through the first-level cache: its mean; its squared distances with the two sums over g; dx.

static void layer_norm_backward_kernel(const sb_layer_norm_backward *b, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        const float *x = b->x + r * b->ldx, *dy = b->dy + r * b->lddy;
        const float *residual = b->residual ? b->residual + r * b->ldr : NULL;
        float *dx = b->dx + r * b->lddx;
        vf sums[4] = {vzero(), vzero(), vzero(), vzero()};
        for (sb_int c = 0, i = 0; c < n; c += VW, i = (i + 1) & 3)
            sums[i] = vadd(sums[i], vload_part(x + c, sb_min(VW, n - c)));
        const vf center = vset(vsum(vadd(vadd(sums[0], sums[1]), vadd(sums[2], sums[3]))) / (float)n);

        vf squares[2] = {vzero(), vzero()}, g_sums[2] = {vzero(), vzero()}, gh_sums[2] = {vzero(), vzero()};
        for (sb_int c = 0, i = 0; c < n; c += VW, i ^= 1) {
            const sb_int lanes = sb_min(VW, n - c);
            vf v = vsub(vload_part(x + c, lanes), center), g = vload_part(dy + c, lanes);
            // Lanes past the row hold -mean in v and zero in g.
            if (lanes < VW) v = vselect_less(viota(), vset((float)lanes), v, vzero());
            if (b->weight) g = vmul(g, vload_part(b->weight + c, lanes));
            squares[i] = vfma(v, v, squares[i]);
            g_sums[i] = vadd(g_sums[i], g);
            gh_sums[i] = vfma(g, v, gh_sums[i]);
        }
        const float inverse = 1 / sqrtf(vsum(vadd(squares[0], squares[1])) / (float)n + b->eps);
        const vf deviation = vset(inverse), g_mean = vset(vsum(vadd(g_sums[0], g_sums[1])) / (float)n);
        const vf gh_mean = vset(vsum(vadd(gh_sums[0], gh_sums[1])) * inverse / (float)n);

        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            const vf h = vmul(vsub(vload_part(x + c, lanes), center), deviation), d = vload_part(dy + c, lanes);
            const vf g = b->weight ? vmul(d, vload_part(b->weight + c, lanes)) : d;
            vf result = vmul(deviation, vfnma(h, gh_mean, vsub(g, g_mean)));
            if (residual) result = vadd(result, vload_part(residual + c, lanes));
            vstore_part(dx + c, result, lanes);
            if (b->dweight) vstore_part(b->dweight + c, vfma(d, h, vload_part(b->dweight + c, lanes)), lanes);
            if (b->dbias) vstore_part(b->dbias + c, vadd(d, vload_part(b->dbias + c, lanes)), lanes);
        }
    }
}
