// Layer norm, rounded as the reference rounds it, bit for bit (aten/src/ATen/native/cpu/layer_norm_kernel.cpp of PyTorch 2.15
// as built for x86-64).
//
// Why: a norm stands before the queries and keys, and scores of some hundreds turn a difference in its last bit into one of
// 1e-4 in the logits (Documentation/experiments.md). Nearer to exact would be further from the reference.
//
// Idea: moments of a row in eight lanes (Welford 1962) in chunks of 16 vectors, chunks merged in pairs as a binary counter
// carries (Chan, Golub and LeVeque 1983), then the numbers past the last vector and the lanes, one by one. Each step waits
// for the one before, so that several rows are taken at a time.
//
// Where the product of `a * b + c` is fused with the sum, it is written as one expression, which the compiler fuses if the
// machine can; where it is not, as two.

enum { NORM_LANES = 8, NORM_CHUNK = 16, NORM_ROWS = 4, NORM_LEVELS = 40 };
typedef float norm_lanes __attribute__((vector_size(NORM_LANES * sizeof(float))));

/// Of `count` numbers in each lane: their mean, and the sum of their squared distances from it.
typedef struct {
    sb_int count;
    norm_lanes mean, squares;
} norm_moments;

SB_INLINE void norm_merge(norm_moments *to, const norm_moments *from) {
    const sb_int count = to->count + from->count;
    if (count == 0) return;
    const norm_lanes delta = from->mean - to->mean, step = delta * ((float)from->count / (float)count);
    const norm_lanes weighted = step * (float)to->count, squares = to->squares + from->squares;
    to->mean = to->mean + step;
    to->squares = delta * weighted + squares;
    to->count = count;
}

/// Moments of `vectors` vectors of each row, at most a chunk.
SB_INLINE void norm_chunk(int rows, const float *const *x, sb_int begin, sb_int vectors, norm_moments *of) {
    static const float shares[NORM_CHUNK] = {1.0f / 1, 1.0f / 2,  1.0f / 3,  1.0f / 4,  1.0f / 5,  1.0f / 6,  1.0f / 7,  1.0f / 8,
                                             1.0f / 9, 1.0f / 10, 1.0f / 11, 1.0f / 12, 1.0f / 13, 1.0f / 14, 1.0f / 15, 1.0f / 16};
    norm_lanes mean[NORM_ROWS], squares[NORM_ROWS];
    SB_UNROLL
    for (int r = 0; r < rows; r++) mean[r] = squares[r] = (norm_lanes){0};
    for (sb_int i = 0; i < vectors; i++) {
        SB_UNROLL
        for (int r = 0; r < rows; r++) {
            norm_lanes v;
            memcpy(&v, x[r] + begin + i * NORM_LANES, sizeof v);
            const norm_lanes delta = v - mean[r];
            mean[r] = delta * shares[i] + mean[r];
            squares[r] = delta * (v - mean[r]) + squares[r];
        }
    }
    SB_UNROLL
    for (int r = 0; r < rows; r++) of[r] = (norm_moments){vectors, mean[r], squares[r]};
}

/// The mean and the biased variance of a row [n], of whose whole vectors `lanes` has the moments.
SB_INLINE void norm_reduce(const norm_moments *lanes, const float *x, sb_int n, float *mean, float *variance) {
    float center = 0, squares = 0;
    sb_int count = 0;
    for (sb_int c = n / NORM_LANES * NORM_LANES; c < n; c++) {
        const float delta = x[c] - center;
        const float step = delta / (float)++count;
        center = center + step;
        squares = delta * (x[c] - center) + squares;
    }
    for (int i = 0; i < NORM_LANES && lanes->count > 0; i++) {
        const sb_int total = count + lanes->count;
        const float share = (float)lanes->count / (float)total, delta = lanes->mean[i] - center;
        const float spread = delta * delta * share;
        const float apart = spread * (float)count + lanes->squares[i];
        center = share * delta + center;
        squares = squares + apart;
        count = total;
    }
    *mean = center;
    *variance = squares / (float)n;
}

/// Of rows x[0 ..< rows], each [n].
SB_INLINE void norm_rows_moments(int rows, const float *const *x, sb_int n, float *mean, float *variance) {
    const sb_int vectors = n / NORM_LANES, chunks = sb_divide_up(vectors, NORM_CHUNK);
    int levels = 1; // the logarithm of the number of chunks, rounded up
    while (levels < NORM_LEVELS && (sb_int)1 << levels < chunks) levels++;
    norm_moments stack[NORM_LEVELS][NORM_ROWS];
    memset(stack, 0, (size_t)levels * sizeof *stack);
    for (sb_int chunk = 0; chunk < chunks; chunk++) {
        norm_moments found[NORM_ROWS];
        const sb_int begin = chunk * NORM_CHUNK;
        norm_chunk(rows, x, begin * NORM_LANES, sb_min(NORM_CHUNK, vectors - begin), found);
        for (int r = 0; r < rows; r++) norm_merge(&stack[0][r], &found[r]);
        for (int level = 1; level < levels && ((chunk + 1) >> (level - 1) & 1) == 0; level++) {
            for (int r = 0; r < rows; r++) norm_merge(&stack[level][r], &stack[level - 1][r]);
            memset(stack[level - 1], 0, sizeof *stack);
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int level = 1; level < levels; level++) norm_merge(&stack[0][r], &stack[level][r]);
        norm_reduce(&stack[0][r], x[r], n, &mean[r], &variance[r]);
    }
}

/// h = x + residual (either x alone), stored where there is a place for it.
SB_INLINE void norm_add(const float *x, const float *residual, float *h, sb_int n) {
    for (sb_int c = 0; c < n; c += VW) {
        const sb_int lanes = sb_min(VW, n - c);
        vf v = vload_part(x + c, lanes);
        if (residual) v = vadd(v, vload_part(residual + c, lanes));
        vstore_part(h + c, v, lanes);
    }
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

/// Rows [row, row + rows), at most NORM_ROWS.
SB_INLINE void norm_rows(int rows, const sb_layer_norm *norm, sb_int row, sb_int n) {
    const float *h[NORM_ROWS];
    float mean[NORM_ROWS], variance[NORM_ROWS];
    for (int r = 0; r < rows; r++) {
        const float *x = norm->x + (row + r) * norm->ldx;
        const float *residual = norm->residual ? norm->residual + (row + r) * norm->ldr : NULL;
        float *sum = norm->sum ? norm->sum + (row + r) * norm->lds : NULL;
        if (residual && !sum) sum = norm->y + (row + r) * norm->ldy; // without a place of its own h waits in y
        if (sum) norm_add(x, residual, sum, n);
        h[r] = sum ? sum : x;
    }
    norm_rows_moments(rows, h, n, mean, variance);
    for (int r = 0; r < rows; r++) {
        float *y = norm->y + (row + r) * norm->ldy;
        const float inverse = 1 / sqrtf(variance[r] + norm->eps);
        if (norm->mean) norm->mean[row + r] = mean[r];
        if (norm->inverse_deviation) norm->inverse_deviation[row + r] = inverse;
        if (norm->weight && norm->bias)
            norm_row(norm, h[r], mean[r], inverse, y, n, true, true);
        else if (norm->weight)
            norm_row(norm, h[r], mean[r], inverse, y, n, true, false);
        else
            norm_row(norm, h[r], mean[r], inverse, y, n, false, norm->bias != NULL);
    }
}

static void layer_norm_kernel(const sb_layer_norm *norm, sb_int rows, sb_int n) {
    sb_int r = 0;
    for (; r + NORM_ROWS <= rows; r += NORM_ROWS) norm_rows(NORM_ROWS, norm, r, n);
    for (; r < rows; r++) norm_rows(1, norm, r, n);
}
