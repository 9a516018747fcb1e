// Layer norm. Two passes over a row that stays in the first-level cache: the mean, then the squared distances from it, which
// loses nothing where the mean is large compared to the deviation. Four partial sums keep rounding and latency low.

static void layer_norm_kernel(const sb_layer_norm *norm, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        const float *x = norm->x + r * norm->ldx;
        float *y = norm->y + r * norm->ldy;
        const float *h = x;
        vf sums[4] = {vzero(), vzero(), vzero(), vzero()};
        if (norm->residual) {
            const float *residual = norm->residual + r * norm->ldr;
            float *sum = norm->sum ? norm->sum + r * norm->lds : y; // without a place of its own h waits in y
            for (sb_int c = 0, i = 0; c < n; c += VW, i = (i + 1) & 3) {
                sb_int lanes = sb_min(VW, n - c);
                vf v = vadd(vload_n(x + c, lanes), vload_n(residual + c, lanes));
                vstore_n(sum + c, v, lanes);
                sums[i] = vadd(sums[i], v);
            }
            h = sum;
        } else {
            float *sum = norm->sum ? norm->sum + r * norm->lds : NULL;
            for (sb_int c = 0, i = 0; c < n; c += VW, i = (i + 1) & 3) {
                sb_int lanes = sb_min(VW, n - c);
                vf v = vload_n(x + c, lanes);
                if (sum) vstore_n(sum + c, v, lanes);
                sums[i] = vadd(sums[i], v);
            }
        }
        const float mean = vsum(vadd(vadd(sums[0], sums[1]), vadd(sums[2], sums[3]))) / (float)n;
        const vf center = vset(mean);
        vf squares[4] = {vzero(), vzero(), vzero(), vzero()};
        sb_int c = 0;
        for (sb_int i = 0; c + VW <= n; c += VW, i = (i + 1) & 3) {
            vf v = vsub(vload(h + c), center);
            squares[i] = vfma(v, v, squares[i]);
        }
        float variance = vsum(vadd(vadd(squares[0], squares[1]), vadd(squares[2], squares[3])));
        for (; c < n; c++) variance += (h[c] - mean) * (h[c] - mean);
        const float inverse = 1 / sqrtf(variance / (float)n + norm->eps);
        if (norm->mean) norm->mean[r] = mean;
        if (norm->inverse_deviation) norm->inverse_deviation[r] = inverse;
        const vf scale = vset(inverse);
        for (c = 0; c < n; c += VW) {
            sb_int lanes = sb_min(VW, n - c);
            vf v = vmul(vsub(vload_n(h + c, lanes), center), scale);
            if (norm->weight) v = vmul(v, vload_n(norm->weight + c, lanes));
            if (norm->bias) v = vadd(v, vload_n(norm->bias + c, lanes));
            vstore_n(y + c, v, lanes);
        }
    }
}
