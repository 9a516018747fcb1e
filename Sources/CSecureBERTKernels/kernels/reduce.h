// Sums and maxima: down the rows of a matrix (pooling), and along a vector.

/// Columns are taken VW at a time down all rows: the running value stays in a register.
static void weighted_mean_rows_kernel(const float *x, sb_int ldx, const float *weights, sb_int rows, sb_int n, float *y) {
    float total = 0;
    for (sb_int r = 0; r < rows; r++) total += weights[r];
    const vf factor = vset(total == 0 ? 1 : 1 / total);
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf sum = vzero();
        for (sb_int r = 0; r < rows; r++) sum = vfma(vset(weights[r]), vload_n(x + r * ldx + c, lanes), sum);
        vstore_n(y + c, vmul(factor, sum), lanes);
    }
}

static void mean_rows_kernel(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) {
    const vf count = vset((float)rows);
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf even = vzero(), odd = vzero();
        sb_int r = 0;
        for (; r + 2 <= rows; r += 2) {
            even = vadd(even, vload_n(x + r * ldx + c, lanes));
            odd = vadd(odd, vload_n(x + (r + 1) * ldx + c, lanes));
        }
        if (r < rows) even = vadd(even, vload_n(x + r * ldx + c, lanes));
        vstore_n(y + c, vdiv(vadd(even, odd), count), lanes);
    }
}

static void max_rows_kernel(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) {
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf m = vload_n(x + c, lanes);
        for (sb_int r = 1; r < rows; r++) m = vmax(m, vload_n(x + r * ldx + c, lanes));
        vstore_n(y + c, m, lanes);
    }
}

static float dot_kernel(const float *a, const float *b, sb_int count) {
    vf sums[4] = {vzero(), vzero(), vzero(), vzero()};
    sb_int i = 0;
    for (; i + 4 * VW <= count; i += 4 * VW)
        for (int u = 0; u < 4; u++) sums[u] = vfma(vload(a + i + u * VW), vload(b + i + u * VW), sums[u]);
    for (; i < count; i += VW) {
        const sb_int lanes = sb_min(VW, count - i);
        sums[0] = vfma(vload_n(a + i, lanes), vload_n(b + i, lanes), sums[0]);
    }
    return vsum(vadd(vadd(sums[0], sums[1]), vadd(sums[2], sums[3])));
}

static void l2_normalize_kernel(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n, float eps) {
    for (sb_int r = 0; r < rows; r++) {
        const float norm = sqrtf(dot_kernel(x + r * ldx, x + r * ldx, n));
        scale_kernel(1 / (norm > eps ? norm : eps), x + r * ldx, y + r * ldy, n);
    }
}
