// Layer norm. Two passes over a row that stays in the first-level cache: the mean, then the squared distances from it, which
// loses nothing where the mean is large compared to the deviation. Four partial sums keep rounding and latency low. They are put
// together in double: an error of the mean or the deviation is one of the whole row, and attention scores of some hundreds
// make much of it.

enum { NORM_STEP = 4 * VW };

SB_INLINE double norm_total(const vf sums[4]) {
    return (vsum_double(sums[0]) + vsum_double(sums[1])) + (vsum_double(sums[2]) + vsum_double(sums[3]));
}

/// The sum of h, which is x, or x + residual; h is stored where `h` is not NULL.
SB_INLINE double norm_sum(const float *x, const float *residual, float *h, sb_int n) {
    vf sums[4] = {vzero(), vzero(), vzero(), vzero()};
    sb_int c = 0;
    for (; c + NORM_STEP <= n; c += NORM_STEP) {
        SB_UNROLL
        for (int i = 0; i < 4; i++) {
            vf v = vload(x + c + i * VW);
            if (residual) v = vadd(v, vload(residual + c + i * VW));
            if (h) vstore(h + c + i * VW, v);
            sums[i] = vadd(sums[i], v);
        }
    }
    for (; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf v = vload_part(x + c, lanes);
        if (residual) v = vadd(v, vload_part(residual + c, lanes));
        if (h) vstore_part(h + c, v, lanes);
        sums[0] = vadd(sums[0], v);
    }
    return norm_total(sums);
}

/// The sum of squared distances from `mean`.
SB_INLINE double norm_squares(const float *h, float mean, sb_int n) {
    const vf center = vset(mean);
    vf sums[4] = {vzero(), vzero(), vzero(), vzero()};
    sb_int c = 0;
    for (; c + NORM_STEP <= n; c += NORM_STEP) {
        SB_UNROLL
        for (int i = 0; i < 4; i++) {
            const vf v = vsub(vload(h + c + i * VW), center);
            sums[i] = vfma(v, v, sums[i]);
        }
    }
    for (; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf v = vsub(vload_part(h + c, lanes), center);
        if (lanes < VW) v = vselect_less(viota(), vset((float)lanes), v, vzero());
        sums[1] = vfma(v, v, sums[1]);
    }
    return norm_total(sums);
}

SB_INLINE void norm_row(const sb_layer_norm *norm, const float *h, float mean, float inverse, float *y, sb_int n, bool weight,
                        bool bias) {
    const vf center = vset(mean), scale = vset(inverse);
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf v = vmul(vsub(vload_part(h + c, lanes), center), scale);
        if (weight) v = vmul(v, vload_part(norm->weight + c, lanes));
        if (bias) v = vadd(v, vload_part(norm->bias + c, lanes));
        vstore_part(y + c, v, lanes);
    }
}

static void layer_norm_kernel(const sb_layer_norm *norm, sb_int rows, sb_int n) {
    for (sb_int r = 0; r < rows; r++) {
        const float *x = norm->x + r * norm->ldx, *h = x;
        float *y = norm->y + r * norm->ldy, *sum = norm->sum ? norm->sum + r * norm->lds : NULL;
        double total;
        if (norm->residual) {
            if (!sum) sum = y; // without a place of its own h waits in y
            total = norm_sum(x, norm->residual + r * norm->ldr, sum, n);
            h = sum;
        } else {
            total = sum ? norm_sum(x, NULL, sum, n) : norm_sum(x, NULL, NULL, n);
        }
        const float mean = (float)(total / (double)n);
        const float inverse = (float)(1 / sqrt(norm_squares(h, mean, n) / (double)n + (double)norm->eps));
        if (norm->mean) norm->mean[r] = mean;
        if (norm->inverse_deviation) norm->inverse_deviation[r] = inverse;
        if (norm->weight && norm->bias)
            norm_row(norm, h, mean, inverse, y, n, true, true);
        else if (norm->weight)
            norm_row(norm, h, mean, inverse, y, n, true, false);
        else
            norm_row(norm, h, mean, inverse, y, n, false, norm->bias != NULL);
    }
}
