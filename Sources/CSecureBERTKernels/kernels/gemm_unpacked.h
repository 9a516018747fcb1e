// Matrix product of a few rows with a row-major weight matrix read where it lies.
//
// Idea: every weight is used once per row of X, so the weights' bytes are the cost. Blocks of 4 weight rows x up to 4 rows
// of X keep 16 partial dot products in registers; each vector of weights is loaded (and widened) once per 4 rows of X.

SB_INLINE void dot_block(const int x_rows, const int w_rows, const float *x, sb_int ldx, const void *w, sb_dtype type,
                         sb_int ldw, sb_int k, const float *bias, float *y, sb_int ldy) {
    vf acc[4][4];
    for (int r = 0; r < x_rows; r++)
        for (int c = 0; c < w_rows; c++) acc[r][c] = vzero();
    for (sb_int i = 0; i < k; i += VW) {
        const sb_int lanes = sb_min(VW, k - i);
        vf weights[4];
        for (int c = 0; c < w_rows; c++) {
            const void *p = vaddress(w, type, c * ldw + i);
            weights[c] = lanes == VW ? vload_typed(p, type) : vload_typed_n(p, type, lanes);
        }
        for (int r = 0; r < x_rows; r++) {
            vf input = lanes == VW ? vload(x + r * ldx + i) : vload_n(x + r * ldx + i, lanes);
            for (int c = 0; c < w_rows; c++) acc[r][c] = vfma(input, weights[c], acc[r][c]);
        }
    }
    for (int r = 0; r < x_rows; r++)
        for (int c = 0; c < w_rows; c++) y[r * ldy + c] = vsum(acc[r][c]) + (bias ? bias[c] : 0);
}

SB_INLINE void gemm_unpacked_typed(const float *x, sb_int ldx, sb_int m, const void *w, sb_dtype type, sb_int ldw, sb_int k,
                                   const float *bias, float *y, sb_int ldy, sb_int n_begin, sb_int n_end) {
    for (sb_int n = n_begin; n < n_end;) {
        const void *row = vaddress(w, type, n * ldw);
        const float *b = bias ? bias + n : NULL;
        const sb_int columns = n_end - n >= 4 ? 4 : 1;
        for (sb_int r = 0; r < m;) {
            const float *input = x + r * ldx;
            float *out = y + r * ldy + n;
            if (m - r >= 4) {
                if (columns == 4)
                    dot_block(4, 4, input, ldx, row, type, ldw, k, b, out, ldy);
                else
                    dot_block(4, 1, input, ldx, row, type, ldw, k, b, out, ldy);
                r += 4;
            } else {
                if (columns == 4)
                    dot_block(1, 4, input, ldx, row, type, ldw, k, b, out, ldy);
                else
                    dot_block(1, 1, input, ldx, row, type, ldw, k, b, out, ldy);
                r += 1;
            }
        }
        n += columns;
    }
}

static void gemm_unpacked_kernel(const float *x, sb_int ldx, sb_int m, const void *w, sb_dtype type, sb_int ldw, sb_int k,
                                 const float *bias, float *y, sb_int ldy, sb_int n_begin, sb_int n_end) {
    switch (type) {
    case SB_F32: gemm_unpacked_typed(x, ldx, m, w, SB_F32, ldw, k, bias, y, ldy, n_begin, n_end); break;
    case SB_F16: gemm_unpacked_typed(x, ldx, m, w, SB_F16, ldw, k, bias, y, ldy, n_begin, n_end); break;
    case SB_BF16: gemm_unpacked_typed(x, ldx, m, w, SB_BF16, ldw, k, bias, y, ldy, n_begin, n_end); break;
    }
}
