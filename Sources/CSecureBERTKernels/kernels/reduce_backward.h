// Gradients of gathering, broadcasting and pooling.

static void scatter_add_kernel(float *table, sb_int ld, const int32_t *ids, sb_int count, sb_int n, const float *dy,
                               sb_int lddy) {
    for (sb_int r = 0; r < count; r++) {
        float *row = table + (sb_int)ids[r] * ld;
        const float *gradient = dy + r * lddy;
        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            vstore_part(row + c, vadd(vload_part(row + c, lanes), vload_part(gradient + c, lanes)), lanes);
        }
    }
}

/// Eight rows at a time, so that y, which waits in the first-level cache, is touched once for each eight.
static void add_column_sums_kernel(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) {
    enum { TOGETHER = 8 };
    sb_int r = 0;
    for (; r + TOGETHER <= rows; r += TOGETHER) {
        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            const float *p = x + r * ldx + c;
            vf sums[2] = {vload_part(p, lanes), vload_part(p + ldx, lanes)};
            SB_UNROLL
            for (int i = 2; i < TOGETHER; i++) sums[i & 1] = vadd(sums[i & 1], vload_part(p + i * ldx, lanes));
            vstore_part(y + c, vadd(vload_part(y + c, lanes), vadd(sums[0], sums[1])), lanes);
        }
    }
    for (; r < rows; r++) add_kernel(y, x + r * ldx, y, n);
}

static void max_rows_backward_kernel(const float *x, sb_int ldx, sb_int rows, sb_int n, const float *dy, float *dx,
                                     sb_int lddx) {
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf maximum = vload_part(x + c, lanes), position = vzero(); // row numbers are exact in f32 up to 2^24
        for (sb_int r = 1; r < rows; r++) {
            const vf v = vload_part(x + r * ldx + c, lanes);
            position = vselect_less(maximum, v, vset((float)r), position);
            maximum = vselect_less(maximum, v, v, maximum);
        }
        float positions[VW];
        vstore(positions, position);
        for (sb_int i = 0; i < lanes; i++) dx[(sb_int)positions[i] * lddx + c + i] += dy[c + i];
    }
}

/// dx = (dy - y (y . dy)) / ||x|| with y = x / ||x||; where eps takes the place of the norm, y is linear in x.
static void l2_normalize_backward_kernel(const float *x, sb_int ldx, const float *dy, sb_int lddy, float *dx, sb_int lddx,
                                         sb_int rows, sb_int n, float eps) {
    for (sb_int r = 0; r < rows; r++) {
        const float *in = x + r * ldx, *gradient = dy + r * lddy;
        float *out = dx + r * lddx;
        const float norm = sqrtf(dot_kernel(in, in, n));
        if (!(norm > eps)) {
            scale_kernel(1 / eps, gradient, out, n);
            continue;
        }
        const double inverse = 1 / (double)norm; // its cube leaves the range of f32 early
        const double inner = dot_kernel(in, gradient, n);
        const vf factor = vset((float)inverse), along = vset((float)(inner * inverse * inverse * inverse));
        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            const vf d = vmul(factor, vload_part(gradient + c, lanes));
            vstore_part(out + c, vfnma(along, vload_part(in + c, lanes), d), lanes);
        }
    }
}
